"""Every file is exactly as long as was asked for."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from dalsegno.models import MusicBrief


def test_master_is_24_bit_stereo_of_exact_length(three_scenes: Any) -> None:
    """The master has round(duration x 48000) frames of 24 bit, in stereo."""
    info = soundfile.info(three_scenes.folder / "master.wav")
    assert (info.frames, info.samplerate, info.channels) == (round(17.77 * 48_000), 48_000, 2)
    assert (info.format, info.subtype) == ("WAV", "PCM_24")


def test_preview_and_stems_are_as_long_as_the_master(three_scenes: Any) -> None:
    """Preview and stems decode to the master's number of frames."""
    stems = sorted((three_scenes.folder / "stems").glob("*.wav"))
    assert len(stems) >= 4
    for path in [three_scenes.folder / "preview.mp3", *stems]:
        assert soundfile.info(path).frames == round(17.77 * 48_000), path.name


@pytest.mark.parametrize("duration", [5.0, 5.000_011, 7.123_456, 9.999_99])
def test_any_duration_is_kept_to_the_sample(
    duration: float, tmp_path: Path, render_piece: Callable[..., Any]
) -> None:
    """Durations that are no whole number of beats, blocks or grains are kept too."""
    render_piece(MusicBrief(duration=duration, seed=1, mood="happy"), tmp_path)
    expected = math.floor(duration * 48_000 + 0.5)
    assert soundfile.info(tmp_path / "master.wav").frames == expected
    assert soundfile.info(tmp_path / "preview.mp3").frames == expected


def test_nothing_is_left_behind_but_the_named_files(three_scenes: Any) -> None:
    """The folder holds what the result names and no working files."""
    found = {
        str(path.relative_to(three_scenes.folder))
        for path in three_scenes.folder.rglob("*")
        if path.is_file()
    }
    assert found == set(three_scenes.result.files)
