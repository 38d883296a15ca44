"""Downloads: whole, audio, of a bounded size and time, from where the service may send us."""

from pathlib import Path

import pytest
import soundfile

from dalsegno.errors import DalSegnoError, DownloadFailed, GenerationRejected, TaskGone
from dalsegno.models import MusicBrief
from dalsegno.providers.mureka import Bounds, Mureka
from tests.support.departing import at_once
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault


def unheard(_fraction: float, _message: str) -> None:
    """A report that nobody listens to."""


@pytest.mark.parametrize(
    ("fate", "name", "form"),
    [
        (None, "generated.wav", "WAV"),
        (Fault("task", "only_flac"), "generated.flac", "FLAC"),
        (Fault("task", "only_mp3"), "generated.mp3", "MP3"),
    ],
)
async def test_the_best_format_that_there_is_is_downloaded(
    fate: Fault | None,
    name: str,
    form: str,
    mureka: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
    tmp_path: Path,
) -> None:
    """Uncompressed, else lossless, else MP3; named by what it holds."""
    simulator.order(*filter(None, [fate]))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    reports: list[float] = []
    path = await mureka.download(task_id, tmp_path, lambda fraction, _: reports.append(fraction))
    assert path == tmp_path / name
    assert list(tmp_path.iterdir()) == [path]
    assert soundfile.info(path).format == form
    assert soundfile.info(path).duration == pytest.approx(10, abs=0.1)
    assert reports == sorted(reports)
    assert reports[-1] == 1.0


async def test_it_may_be_done_twice(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """The second download takes the place of the first, with the same bytes."""
    task_id = await mureka.submit(brief, about_to_send=at_once)
    first = (await mureka.download(task_id, tmp_path, unheard)).read_bytes()
    assert (await mureka.download(task_id, tmp_path, unheard)).read_bytes() == first
    assert simulator.book.exchanges["query"] == 2, "the addresses were not asked for anew"


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault("download", "status", status=403), GenerationRejected, "kept no longer"),
        (Fault("download", "status", status=404), TaskGone, "kept no longer"),
        (Fault("download", "status", status=410), GenerationRejected, "kept no longer"),
        (Fault("download", "status", status=429), DownloadFailed, "HTTP 429"),
        (Fault("download", "status", status=500), DownloadFailed, "HTTP 500"),
        (Fault("download", "cut"), DownloadFailed, "broke off"),
        (Fault("download", "truncated"), DownloadFailed, "broke off"),
        (Fault("download", "short"), DownloadFailed, "cut short"),
        (Fault("download", "html"), DownloadFailed, "no audio"),
        (Fault("download", "malformed"), DownloadFailed, "no audio"),
        (Fault("download", "empty"), DownloadFailed, "empty"),
        (Fault("download", "redirect", location="http://127.0.0.1:9/x"), DownloadFailed, "not https"),
        (Fault("download", "redirect", location="https://127.0.0.1:9/x"), DownloadFailed, "public internet"),
        (
            Fault("download", "redirect", location="https://169.254.169.254/x"),
            DownloadFailed,
            "public internet",
        ),
        (Fault("download", "redirect", times=-1, location="?expires=9999999999"), DownloadFailed, "3 times"),
        (Fault("task", "no_choices"), GenerationRejected, "no music"),
        (Fault("task", "no_addresses"), GenerationRejected, "no music"),
        (Fault("task", "failed", message="Too much brass"), GenerationRejected, "Too much brass"),
        (Fault("task", "stuck"), DownloadFailed, "not ended yet"),
    ],
)
async def test_a_download_that_goes_wrong(
    fault: Fault,
    error: type[DalSegnoError],
    words: str,
    mureka: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
    tmp_path: Path,
) -> None:
    """Nothing is left in the folder."""
    simulator.order(fault)
    task_id = await mureka.submit(brief, about_to_send=at_once)
    with pytest.raises(error, match=words):
        await mureka.download(task_id, tmp_path, unheard)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_without_end_is_ended_by_its_size(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """It would fill the disk."""
    simulator.order(Fault("download", "endless"))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    with pytest.raises(DownloadFailed, match="larger than 20,000,000 bytes"):
        await mureka.download(task_id, tmp_path, unheard)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_that_is_announced_too_large_is_not_begun(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """Its length says it all."""
    simulator.order(Fault("download", "oversized"))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    reports: list[float] = []
    with pytest.raises(DownloadFailed, match="larger than"):
        await mureka.download(task_id, tmp_path, lambda fraction, _: reports.append(fraction))
    assert reports == []


@pytest.mark.parametrize("kind", ["stall", "hang"])
async def test_a_download_that_stands_still_is_given_up(
    kind: str, hasty: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """It would hold the step for ever."""
    simulator.order(Fault("download", kind))
    task_id = await hasty.submit(brief, about_to_send=at_once)
    with pytest.raises(DownloadFailed, match=r"broke off \(ReadTimeout\)"):
        await hasty.download(task_id, tmp_path, unheard)


async def test_a_download_that_trickles_is_given_up(
    simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """Each wait is short, but not all of them."""
    bounds = Bounds(download=1, size=10**15)
    mureka = Mureka(api_key=API_KEY, base_url=simulator.base_url, bounds=bounds)
    simulator.order(Fault("download", "trickle"))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    with pytest.raises(DownloadFailed, match="more than 1 s"):
        await mureka.download(task_id, tmp_path, unheard)
    await mureka.close()


async def test_a_wav_file_of_unknown_length_is_taken_where_the_transport_tells_its_end(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """Programs that write to a pipe can't know it beforehand."""
    simulator.order(Fault("download", "piped"), Fault("download", "piped_unframed"))
    task_id = await mureka.submit(brief, about_to_send=at_once)
    assert (await mureka.download(task_id, tmp_path, unheard)).name == "generated.wav"
    with pytest.raises(DownloadFailed, match="Nothing says whether"):
        await mureka.download(task_id, tmp_path, unheard)


async def test_a_file_that_ends_with_its_connection_is_taken_where_it_says_how_long_it_is(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """Otherwise nothing tells that it is whole."""
    simulator.order(Fault("download", "unframed", times=2), Fault("task", "only_mp3", match="mp3"))
    wav = await mureka.submit(brief, about_to_send=at_once)
    mp3 = await mureka.submit(brief.model_copy(update={"prompt": "mp3"}), about_to_send=at_once)
    assert (await mureka.download(wav, tmp_path, unheard)).name == "generated.wav"
    with pytest.raises(DownloadFailed, match="Nothing says whether"):
        await mureka.download(mp3, tmp_path, unheard)


async def test_a_folder_that_cannot_be_written_fails_the_download(
    mureka: Mureka, brief: MusicBrief, tmp_path: Path
) -> None:
    """As a full disk does; another worker may have room."""
    task_id = await mureka.submit(brief, about_to_send=at_once)
    with pytest.raises(DownloadFailed, match="could not be written to the disk: No such file"):
        await mureka.download(task_id, tmp_path / "not-there", unheard)


async def test_the_key_is_not_sent_where_files_lie(
    mureka: Mureka, simulator: MurekaSimulator, brief: MusicBrief, tmp_path: Path
) -> None:
    """They may lie with somebody else."""
    task_id = await mureka.submit(brief, about_to_send=at_once)
    await mureka.download(task_id, tmp_path, unheard)
    (headers,) = simulator.file_headers
    assert "authorization" not in headers
