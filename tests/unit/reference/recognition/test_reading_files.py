"""Fingerprints and tags out of files that may be anything."""

import asyncio
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dalsegno.errors import ProcessEndedError, UnsupportedSource
from dalsegno.reference.recognition import chromaprint
from dalsegno.reference.recognition.chromaprint import read_excerpt, read_track
from dalsegno.reference.recognition.fingerprint import HOP_SECONDS, PHASES
from dalsegno.reference.recognition.tags import Tags
from tests.support.eventually import eventually
from tests.support.synthetic_music import RATE, ffmpeg, piece, write


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
async def test_a_track_has_tags_length_and_fingerprint(kind: str, tmp_path: Path) -> None:
    """In whatever format: Ogg has its tags at another place."""
    path = write(tmp_path / f"a.{kind}", piece(1, 20), title="Morning Mood", artist="Edvard Grieg")
    track = await read_track(path)
    assert track.tags == Tags("Morning Mood", "Edvard Grieg")
    assert track.seconds == pytest.approx(20, abs=0.3)
    assert len(track.fingerprint) == pytest.approx((20 - 2.6) / HOP_SECONDS, abs=3)


async def test_a_track_without_tags_has_none(tmp_path: Path) -> None:
    """Its fingerprint is the same."""
    tagged = await read_track(write(tmp_path / "a.flac", piece(1, 10), title="A"))
    bare = await read_track(write(tmp_path / "b.flac", piece(1, 10)))
    assert bare.tags == Tags(None, None)
    assert (bare.fingerprint == tagged.fingerprint).all()


async def test_the_phases_of_an_excerpt_are_parts_of_a_hop_apart(tmp_path: Path) -> None:
    """An excerpt that begins so much later in the track fits best in the phase before."""
    music = piece(1, 30)
    track = (await read_track(write(tmp_path / "track.wav", music))).fingerprint
    for phase in range(1, PHASES):
        skipped = int(RATE * HOP_SECONDS * (40 - phase / PHASES))
        excerpt = await read_excerpt(write(tmp_path / "excerpt.wav", music[skipped : skipped + RATE * 15]))
        there = track[40 : 40 + len(excerpt[0]) - 1]
        errors = [int(np.bitwise_count(each[: len(there)] ^ there).sum()) for each in excerpt]
        assert np.argmin(errors) == phase


async def test_so_much_of_a_long_excerpt_is_read(tmp_path: Path) -> None:
    """Its beginning."""
    excerpt = await read_excerpt(write(tmp_path / "a.wav", piece(1, 40)))
    assert [len(each) for each in excerpt] == pytest.approx([(30 - 2.6) / HOP_SECONDS] * PHASES, abs=3)


async def test_odd_audio_is_read(tmp_path: Path) -> None:
    """Eight channels; 8 kHz; sound that belongs to a picture; a file that was cut short."""
    music = piece(1, 20)
    soundfile.write(tmp_path / "eight.wav", np.repeat(music[:, None], 8, axis=1), RATE)
    write(tmp_path / "plain.wav", music)
    ffmpeg("-i", tmp_path / "plain.wav", "-ar", "8000", tmp_path / "low.wav")
    picture = ("-f", "lavfi", "-i", "color=size=16x16:rate=2:duration=20")
    ffmpeg("-i", tmp_path / "plain.wav", *picture, tmp_path / "film.mkv")
    ffmpeg("-i", tmp_path / "plain.wav", tmp_path / "whole.mp3")
    whole = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    for name, seconds in (("eight.wav", 20), ("low.wav", 20), ("film.mkv", 20), ("cut.mp3", 10)):
        assert (await read_track(tmp_path / name)).seconds == pytest.approx(seconds, abs=0.6), name


def hostile_files(folder: Path) -> list[Path]:
    """Files that hold no music, and some that mean other files."""
    write(folder / "secret.wav", piece(1, 20))
    ffmpeg("-f", "lavfi", "-i", "color=size=16x16:rate=2:duration=4", folder / "mute.mkv")
    contents = {
        "text.mp3": b"This is a text.\n" * 1_000,
        "empty.mp3": b"",
        "noise.ogg": np.random.default_rng(1).bytes(100_000),
        "playlist.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:20\n#EXTINF:20,\nsecret.wav\n#EXT-X-ENDLIST\n",
        "list.mp3": b"ffconcat version 1.0\nfile secret.wav\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in ("mute.mkv", *contents, "missing.mp3", ".")]


async def test_what_holds_no_audio_is_refused(tmp_path: Path) -> None:
    """By its name, in one sentence; a list of other files is no music either."""
    for path in hostile_files(tmp_path):
        sentence = f"^{re.escape(path.name)} holds no audio that can be read"
        for read in (read_track, read_excerpt):
            with pytest.raises(UnsupportedSource, match=sentence):
                await read(path)


async def test_music_of_no_length_has_an_empty_fingerprint(tmp_path: Path) -> None:
    """Whoever wants to find it decides what that means."""
    path = write(tmp_path / "a.wav", piece(1, 0))
    assert not len((await read_track(path)).fingerprint)
    assert not any(map(len, await read_excerpt(path)))


async def test_a_name_is_never_an_address_or_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program has a language of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("-version", "concat:a.wav|b.wav", "pipe:0", "%d.wav", "a\nb.wav"):
        write(tmp_path / "a.wav", piece(1, 10)).rename(tmp_path / name)
        assert (await read_track(Path(name))).seconds > 9


async def test_more_than_a_day_s_radio_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than cut off."""
    monkeypatch.setattr(chromaprint, "LONGEST_TRACK_SECONDS", 8)
    with pytest.raises(UnsupportedSource, match=r"^a\.wav is longer than "):
        await read_track(write(tmp_path / "a.wav", piece(1, 20)))


async def test_what_takes_too_long_is_refused_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it runs on."""
    path = write(tmp_path / "long.wav", np.zeros(RATE * 2_000, dtype=np.float32))
    monkeypatch.setattr(chromaprint, "_SECONDS", 0.05)
    with pytest.raises(UnsupportedSource, match="takes too long to read"):
        await read_track(path)
    assert not children_about(path)


async def test_a_child_ends_with_whoever_wanted_it(tmp_path: Path) -> None:
    """Cancelling waits until it has."""
    path = write(tmp_path / "long.wav", np.zeros(RATE * 2_000, dtype=np.float32))
    reading = asyncio.create_task(read_track(path))

    async def has_begun() -> bool:
        return bool(children_about(path))

    await eventually(has_begun)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not children_about(path)


async def test_a_child_that_was_killed_says_nothing_about_the_file(tmp_path: Path) -> None:
    """Another attempt may well succeed."""
    path = write(tmp_path / "long.wav", np.zeros(RATE * 2_000, dtype=np.float32))
    reading = asyncio.create_task(read_track(path))

    async def has_begun() -> bool:
        return bool(children_about(path))

    await eventually(has_begun)
    for process_id in children_about(path):
        os.kill(int(process_id), signal.SIGKILL)
    with pytest.raises(ProcessEndedError):
        await reading


async def test_a_child_sees_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the worker's secrets."""
    monkeypatch.setenv("DALSEGNO_AUDD_API_TOKEN", "k3y")
    path = write(tmp_path / "long.wav", np.zeros(RATE * 2_000, dtype=np.float32))
    reading = asyncio.create_task(read_track(path))
    found: list[bytes] = []

    async def is_seen() -> bool:
        found.extend((Path("/proc") / each / "environ").read_bytes() for each in children_about(path))
        return bool(found)

    await eventually(is_seen)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert b"k3y" not in found[0]


async def test_a_child_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that writes without end is ended by the system."""
    monkeypatch.setattr(chromaprint, "_OUTPUT_BYTES", 100)
    with pytest.raises(UnsupportedSource):
        await read_track(write(tmp_path / "a.wav", piece(1, 20)))


def children_about(path: Path) -> list[str]:
    """The processes whose command names a file."""
    found = []
    for entry in Path("/proc").iterdir():
        if re.fullmatch(r"[0-9]+", entry.name):
            try:
                command = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if f"file:{path}".encode() in command:
                found.append(entry.name)
    return found
