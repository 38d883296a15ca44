"""Clips are taken by a process that is bounded in all it does, and that nobody has to look for afterwards."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dalsegno.errors import ProcessEndedError, SourceThrottled, SourceUnavailable, UnsupportedSource
from dalsegno.reference.clips import ClipLimits, Clips
from tests.support.eventually import eventually
from tests.support.recordings import record
from tests.support.video_site import VideoSite, serving_videos

URL = "https://youtu.be/dQw4w9WgXcQ"
LIMITS = ClipLimits()
ROOT = Path(__file__).parents[3]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[VideoSite]:
    """A site on this machine with a sound."""
    with serving_videos() as site:
        site.files["/sound.m4a"] = record(tmp_path / "sound.m4a", "sine=d=4").read_bytes()
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def clips_of(
    site: VideoSite, address: str, *how: str, limits: ClipLimits = LIMITS, proxy: str | None = None
) -> Clips:
    """Clips of the site's videos."""
    program = ("-m", "tests.support.clip_program", str(site.port), address, *how)
    return Clips(program=program, limits=limits, proxy=proxy)


def nothing(_fraction: float, _message: str) -> None:
    """Reports to nobody."""


def is_there(process: int) -> bool:
    """Whether a process lives; one that waits to be reaped doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(*processes: int) -> None:
    """Returns when none of the processes is there any more."""

    async def none_is_there() -> bool:
        return not any(map(is_there, processes))

    await eventually(none_is_there)


async def lingering(folder: Path) -> list[int]:
    """The program and the process that it has started."""

    async def written() -> bool:
        return (folder / "processes").exists()

    await eventually(written)
    return [int(number) for number in (folder / "processes").read_text().split()]


async def test_the_clip_of_a_video_is_a_file_with_its_names(site: VideoSite, folder: Path) -> None:
    """Progress is told on the way, and goes up."""
    told: list[float] = []
    clips = clips_of(site, site.address("/sound.m4a"))
    clip = await clips.of_video(URL, folder, lambda fraction, _: told.append(fraction))
    assert (clip.title, clip.artist) == ("A Song", "A, B")
    assert clip.seconds == pytest.approx(4, abs=0.1)
    assert clip.path.read_bytes().startswith(b"RIFF")
    assert told == sorted(told)
    assert told[-1] <= 1


async def test_a_file_is_read_in_such_a_process_too(folder: Path, tmp_path: Path) -> None:
    """With its own names, or with a sentence."""
    clip = await Clips().of_file(
        record(tmp_path / "song.mp3", "sine=d=2", "-metadata", "title=Mine"), folder, nothing
    )
    assert (clip.title, clip.artist) == ("Mine", None)
    (tmp_path / "text.mp3").write_text("no music " * 100)
    with pytest.raises(UnsupportedSource, match="can't be read as audio"):
        await Clips().of_file(tmp_path / "text.mp3", folder, nothing)


async def test_an_address_that_is_no_videos_is_not_even_looked_at(folder: Path) -> None:
    """However it came into the job."""
    with pytest.raises(UnsupportedSource, match="not the https address of one video"):
        await Clips().of_video("file:///etc/passwd", folder, nothing)


@pytest.mark.parametrize("leads", ["straight", "by redirect", "by name"])
async def test_addresses_within_are_out_of_reach(leads: str, site: VideoSite, folder: Path) -> None:
    """For the sound as for all else, and also where a public address leads there."""
    with serving_videos() as within:
        within.files["/secret"] = site.files["/sound.m4a"]
        site.redirects["/moved"] = within.address("/secret")
        address = {
            "straight": within.address("/secret"),
            "by redirect": site.address("/moved"),
            "by name": f"http://localhost:{within.port}/secret",
        }[leads]
        with pytest.raises(UnsupportedSource, match="not public"):
            await clips_of(site, address).of_video(URL, folder, nothing)
        assert within.asked == []


async def test_a_proxy_is_the_one_way_if_it_is_set(site: VideoSite, folder: Path) -> None:
    """It may lie within, as it was configured; it is asked for the address as it is."""
    site.files["http://music.example/sound.m4a"] = site.files["/sound.m4a"]
    with serving_videos() as elsewhere:
        clips = clips_of(elsewhere, "http://music.example/sound.m4a", proxy=site.address(""))
        await clips.of_video(URL, folder, nothing)
    assert site.asked == ["http://music.example/sound.m4a"]


async def test_nothing_of_the_workers_environment_is_handed_on(
    site: VideoSite, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys, proxies, and the home with its configurations."""
    monkeypatch.setenv("DALSEGNO_MUREKA_API_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    await clips_of(site, site.address("/sound.m4a"), "tells").of_video(URL, folder, nothing)
    environment = json.loads((folder / "environment").read_text())
    assert "secret" not in environment.values()
    assert "HTTP_PROXY" not in environment
    assert environment["HOME"] == str(folder)


@pytest.mark.parametrize(
    ("how", "limits", "error", "said"),
    [
        ("hoards", ClipLimits(memory_bytes=150 << 20), UnsupportedSource, "more than 150 MiB of memory"),
        ("fills", ClipLimits(disk_bytes=5 << 20), UnsupportedSource, "more than 5 MiB of space"),
        ("lingers", ClipLimits(seconds=5), SourceThrottled, "not come within 5 seconds"),
    ],
)
async def test_what_takes_too_much_is_ended(
    how: str, limits: ClipLimits, error: type[Exception], said: str, site: VideoSite, folder: Path
) -> None:
    """Memory, disk, time; nothing runs on."""
    clips = clips_of(site, site.address("/sound.m4a"), how, limits=limits)
    with pytest.raises(error, match=said):
        await clips.of_video(URL, folder, nothing)
    if (folder / "processes").exists():
        await gone(*await lingering(folder))


async def test_cancelling_ends_the_process_and_all_that_it_has_started(site: VideoSite, folder: Path) -> None:
    """Before the cancelled call returns, or the system has reaped them."""
    clips = clips_of(site, site.address("/sound.m4a"), "lingers")
    taking = asyncio.create_task(clips.of_video(URL, folder, nothing))
    processes = await lingering(folder)
    assert all(map(is_there, processes))
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    await gone(*processes)


async def test_a_process_that_was_killed_is_told_apart(site: VideoSite, folder: Path) -> None:
    """Nothing is wrong with the song; and what it had started ends with it."""
    clips = clips_of(site, site.address("/sound.m4a"), "lingers")
    taking = asyncio.create_task(clips.of_video(URL, folder, nothing))
    program, started = await lingering(folder)
    os.kill(program, signal.SIGKILL)
    with pytest.raises(ProcessEndedError, match="exit code -9"):
        await taking
    await gone(started)


async def test_nothing_outlives_a_worker_that_is_killed(site: VideoSite, folder: Path) -> None:
    """It had no time to end anything."""
    script = (
        "import asyncio, pathlib\n"
        "from dalsegno.reference.clips import Clips\n"
        f"clips = Clips(program=('-m', 'tests.support.clip_program', '{site.port}', 'x', 'lingers'))\n"
        f"asyncio.run(clips.of_video({URL!r}, pathlib.Path({str(folder)!r}), lambda *_: None))\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        processes = await lingering(folder)
    finally:
        worker.kill()
        worker.wait()
    await gone(*processes)


async def test_cookies_are_copied_never_written_to(site: VideoSite, folder: Path, tmp_path: Path) -> None:
    """What YouTube sets would else be in the user's file; a file that has gone is told of."""
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tvalue\n")
    before = cookies.read_bytes(), cookies.stat().st_mtime_ns
    program = ("-m", "tests.support.clip_program", str(site.port), site.address("/sound.m4a"))
    clips = Clips(program=program, cookies=cookies)
    await clips.of_video(URL, folder, nothing)
    assert site.cookies == ["name=value"]
    assert (cookies.read_bytes(), cookies.stat().st_mtime_ns) == before
    cookies.unlink()
    with pytest.raises(SourceUnavailable, match="DALSEGNO_YTDLP_COOKIES names can't be read"):
        await clips.of_video(URL, folder, nothing)
