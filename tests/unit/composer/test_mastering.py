"""Loudness and peaks, by ffmpeg's measure."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dalsegno.models import MusicBrief


def test_master_is_at_14_lufs_and_below_one_dbtp(
    three_scenes: Any, ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """A piece with quiet and loud scenes is at -14 LUFS, 0.3 either way, and at -1 dBTP at most."""
    heard = ffmpeg_hears(three_scenes.folder / "master.wav")
    assert abs(heard.loudness + 14) <= 0.3
    assert heard.true_peak <= -1.0


@pytest.mark.parametrize("mood", ["calm", "energetic"])
def test_short_pieces_are_mastered_too(
    mood: Any, tmp_path: Path, render_piece: Callable[..., Any], ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """Five seconds are at -14 LUFS, 0.5 either way."""
    render_piece(MusicBrief(duration=5, seed=8, mood=mood), tmp_path)
    heard = ffmpeg_hears(tmp_path / "master.wav")
    assert abs(heard.loudness + 14) <= 0.5
    assert heard.true_peak <= -1.0


def test_preview_is_a_decibel_below_the_master(
    three_scenes: Any, ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """The preview is one dB quieter and stays below -1 dBTP when decoded."""
    preview = ffmpeg_hears(three_scenes.folder / "preview.mp3")
    master = ffmpeg_hears(three_scenes.folder / "master.wav")
    assert abs(preview.loudness - (master.loudness - 1)) <= 0.2
    assert preview.true_peak <= -1.0


def test_the_cue_sheet_tells_what_ffmpeg_hears(
    three_scenes: Any, ffmpeg_hears: Callable[[Path], Any]
) -> None:
    """Our own meter and ffmpeg agree within 0.2."""
    told = json.loads((three_scenes.folder / "cue-sheet.json").read_text())["mastering"]
    heard = ffmpeg_hears(three_scenes.folder / "master.wav")
    assert told["loudness_lufs"] == pytest.approx(heard.loudness, abs=0.2)
    assert told["true_peak_dbtp"] == pytest.approx(heard.true_peak, abs=0.2)


def test_the_master_begins_and_ends_in_silence_without_offset(three_scenes: Any) -> None:
    """The last sample is silent, the last tenth of a second nearly so, and there is no DC."""
    audio, _ = soundfile.read(three_scenes.folder / "master.wav")
    assert np.abs(audio[-1]).max() < 1e-4
    assert np.abs(audio[-4_800:]).max() < 0.01
    assert np.abs(audio.mean(axis=0)).max() < 1e-3


def test_the_music_rings_out_before_it_ends(three_scenes: Any) -> None:
    """The last second falls steadily: each quarter is quieter than the one before."""
    audio, _ = soundfile.read(three_scenes.folder / "master.wav")
    quarters = np.square(audio[-48_000:]).sum(axis=1).reshape(4, -1).mean(axis=1)
    assert (np.diff(quarters) < 0).all()


def test_stems_add_up_to_the_master_before_limiting(three_scenes: Any) -> None:
    """The stems' sum, turned up as the cue sheet says, is the master wherever the limiter rests."""
    told = json.loads((three_scenes.folder / "cue-sheet.json").read_text())
    total = sum(
        soundfile.read(three_scenes.folder / name, dtype="float64")[0] for name in told["stems"]["files"]
    )
    gain = told["mastering"]["gain_db"] - told["mastering"]["stems_gain_db"]
    master, _ = soundfile.read(three_scenes.folder / "master.wav", dtype="float64")
    turned_up = total * 10 ** (gain / 20)
    # Whatever the limiter holds back is at the loud scene's peaks: the first five seconds have none.
    still = slice(0, 5 * 48_000)
    residual = np.square(turned_up[still] - master[still]).mean() / np.square(master[still]).mean()
    assert 10 * np.log10(residual) < -60
