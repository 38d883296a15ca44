"""AudD as a recogniser: what it is sent, what its answers mean, and what they can't do."""

import traceback
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from dalsegno.errors import (
    AuthenticationFailed,
    DalSegnoError,
    ProviderBusy,
    ProviderUnavailable,
    QuotaExceeded,
    SettingsError,
    UnsupportedSource,
)
from dalsegno.ports import Recognition
from dalsegno.reference.recognition.audd import Audd
from dalsegno.reference.recognition.audd_answers import REFUSALS
from tests.support.audd_simulator import API_TOKEN, SONG, Answer, AuddSimulator, error, success
from tests.support.ports import free_ports


@pytest.fixture
def simulator() -> Iterator[AuddSimulator]:
    """AudD."""
    with AuddSimulator() as simulator:
        yield simulator


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip of 15 seconds, as the step before leaves it."""
    return a_clip(tmp_path / "clip.wav", 15)


def a_clip(path: Path, seconds: float) -> Path:
    """A WAV file of 44.1 kHz, 16 bit, stereo."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(4 * int(44_100 * seconds)))
    return path


def audd(simulator: AuddSimulator, **changes: object) -> Audd:
    """The client of it."""
    return Audd(**{"api_token": API_TOKEN, "base_url": simulator.base_url} | changes)  # type: ignore[arg-type]


async def test_a_song_that_is_known_has_title_artist_and_no_confidence(
    simulator: AuddSimulator, clip: Path
) -> None:
    """AudD tells none, and none is invented."""
    found = await audd(simulator).recognise(clip)
    assert found == Recognition(SONG["title"], SONG["artist"], None, "audd", begins_at=56.0)


async def test_twelve_seconds_of_the_clip_are_sent(simulator: AuddSimulator, clip: Path) -> None:
    """As a file that can be read, with the token in the body; a shorter clip goes whole."""
    await audd(simulator).recognise(clip)
    await audd(simulator).recognise(a_clip(clip, 5))
    assert [question.seconds for question in simulator.questions] == [12, 5]
    (fields,) = {tuple(question.fields.items()) for question in simulator.questions}
    assert fields == (("api_token", API_TOKEN),)
    assert API_TOKEN not in str(simulator.questions[0].headers)


@pytest.mark.parametrize("result", [None, [], {}, {"artist": "Nobody"}, {"title": " \n"}, {"title": 7}])
async def test_a_song_that_is_not_known_is_none(simulator: AuddSimulator, clip: Path, result: object) -> None:
    """So is one without a title."""
    simulator.answers = [success(result)]
    assert await audd(simulator).recognise(clip) is None


CODES: list[tuple[object, type[DalSegnoError]]] = [
    (100, ProviderUnavailable),
    (300, UnsupportedSource),
    (400, UnsupportedSource),
    (500, UnsupportedSource),
    (611, ProviderBusy),
    (900, AuthenticationFailed),
    (901, AuthenticationFailed),
    (902, QuotaExceeded),
    (903, AuthenticationFailed),
    (1000, ProviderUnavailable),
    ("902", QuotaExceeded),
    (12_345, ProviderUnavailable),
    (None, ProviderUnavailable),
    ("9" * 5_000, ProviderUnavailable),
    (10**40, ProviderUnavailable),
    (True, ProviderUnavailable),
    ([], ProviderUnavailable),
]


@pytest.mark.parametrize(("code", "meaning"), CODES, ids=lambda value: str(value)[:20])
async def test_each_code_has_a_meaning(
    simulator: AuddSimulator, clip: Path, code: object, meaning: type[DalSegnoError]
) -> None:
    """One question each: nothing is tried again here."""
    simulator.answers = [error(code)]
    with pytest.raises(meaning) as raised:
        await audd(simulator).recognise(clip)
    assert type(raised.value) is meaning
    assert len(str(raised.value)) < 200
    assert len(simulator.questions) == 1


def test_each_code_of_the_table_is_tested() -> None:
    """A row, a test."""
    assert {code for code, _ in CODES if isinstance(code, int) and code in REFUSALS} >= set(REFUSALS)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Answer(429, b"slow down"), ProviderBusy),
        (error(902, status=429), QuotaExceeded),
        (error(7, status=429), ProviderBusy),
        (Answer(500, b"<html>"), ProviderUnavailable),
        (Answer(503), ProviderUnavailable),
        (Answer(403, b"{}"), ProviderUnavailable),
        (Answer(200, b"no json"), ProviderUnavailable),
        (Answer(200, b"[1]"), ProviderUnavailable),
        (Answer(200, b"\xff\xfe"), ProviderUnavailable),
        (Answer(200, b"[" * 100_000), ProviderUnavailable),
        (Answer(500, success(SONG).body), ProviderUnavailable),
        (success(7), ProviderUnavailable),
        (Answer(200, success(SONG).body, cut=True), ProviderUnavailable),
        (Answer(200, b" " * 1_000_001 + success(SONG).body), ProviderUnavailable),
    ],
    ids=range(14),
)
async def test_other_answers_have_a_meaning_too(
    simulator: AuddSimulator, clip: Path, answer: Answer, meaning: type[DalSegnoError]
) -> None:
    """What stands between may answer anything, at any length."""
    simulator.answers = [answer]
    with pytest.raises(meaning):
        await audd(simulator).recognise(clip)


@pytest.mark.parametrize(
    ("timecode", "seconds"),
    [("00:56", 56.0), ("1:02:03", 3_723.0), ("soon", None), (56, None), ("9" * 5_000 + ":00", None)],
    ids=lambda value: str(value)[:10],
)
async def test_where_the_clip_begins_is_told_where_audd_does(
    simulator: AuddSimulator, clip: Path, timecode: object, seconds: float | None
) -> None:
    """In minutes and seconds, or with hours."""
    simulator.answers = [success(SONG | {"timecode": timecode})]
    found = await audd(simulator).recognise(clip)
    assert found
    assert found.begins_at == seconds


async def test_redirects_are_not_followed(simulator: AuddSimulator, clip: Path) -> None:
    """The token goes to the configured origin alone."""
    with AuddSimulator() as other:
        simulator.answers = [Answer(307, headers={"Location": f"{other.base_url}/"})]
        with pytest.raises(ProviderUnavailable):
            await audd(simulator).recognise(clip)
        assert other.questions == []


async def test_a_proxy_of_the_environment_is_not_used(
    simulator: AuddSimulator, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would get the token."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert await audd(simulator).recognise(clip)


async def test_text_of_the_answer_is_one_line_of_bounded_length(simulator: AuddSimulator, clip: Path) -> None:
    """It comes from elsewhere and goes into terminals, prompts and pages."""
    simulator.answers = [success({"title": "\x1b[2Ja\n\u202eb" + "x" * 5_000, "artist": "\x00"})]
    found = await audd(simulator).recognise(clip)
    assert found
    assert found.title.startswith("[2Ja b")
    assert found.title.isprintable()
    assert len(found.title) == 200
    assert found.artist is None


async def test_a_service_that_is_away_or_silent_can_be_asked_again_later(
    simulator: AuddSimulator, clip: Path
) -> None:
    """Within a bounded time."""
    simulator.silent = True
    for client in (
        audd(simulator, seconds=0.3),
        audd(simulator, base_url=f"http://127.0.0.1:{free_ports(1)[0]}"),
    ):
        with pytest.raises(ProviderUnavailable, match=r"AudD at 127.0.0.1 can't be reached"):
            await client.recognise(clip)


async def test_the_token_shows_in_no_error(simulator: AuddSimulator, clip: Path) -> None:
    """Neither in the sentence nor in what it was raised from."""
    simulator.answers = [error(900, f"wrong: {API_TOKEN}"), Answer(200, b"x", cut=True)]
    for _ in range(2):
        with pytest.raises(DalSegnoError) as raised:
            await audd(simulator).recognise(clip)
        assert API_TOKEN not in "".join(traceback.format_exception(raised.value))
        assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"api_token": "a b"}, "DALSEGNO_AUDD_API_TOKEN"),
        ({"api_token": ""}, "DALSEGNO_AUDD_API_TOKEN"),
        ({"base_url": "api.audd.io"}, "DALSEGNO_AUDD_BASE_URL"),
        ({"base_url": "ftp://api.audd.io"}, "DALSEGNO_AUDD_BASE_URL"),
        ({"base_url": "https://user@api.audd.io"}, "DALSEGNO_AUDD_BASE_URL"),
        ({"base_url": "https://api.audd.io:99999999"}, "DALSEGNO_AUDD_BASE_URL"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, str], variable: str) -> None:
    """Never their value."""
    with pytest.raises(SettingsError, match=variable):
        Audd(**{"api_token": API_TOKEN} | changes)  # type: ignore[arg-type]


async def test_what_is_no_wav_file_is_refused(simulator: AuddSimulator, tmp_path: Path) -> None:
    """Nothing is sent."""
    (tmp_path / "clip.wav").write_bytes(b"RIFF")
    for name in ("clip.wav", "missing.wav"):
        with pytest.raises(UnsupportedSource):
            await audd(simulator).recognise(tmp_path / name)
    assert simulator.questions == []
