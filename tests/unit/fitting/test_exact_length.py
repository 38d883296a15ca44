"""Whatever is delivered, the master is as long as was asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dalsegno.fitting.ending import ending_of, level_of
from dalsegno.fitting.fit import arranged, mix_down
from dalsegno.fitting.recording import record
from dalsegno.fitting.survey import survey
from dalsegno.fitting.tone import Tone
from dalsegno.mastering.master import Raw
from dalsegno.models import Scene
from tests.support.foreign_music import RATE, Audio, Fitted, band, clicks, pad, write

SILENCE = np.zeros((RATE * 3, 2))


def untold(*_: object) -> None:
    """A report that nobody reads."""


def eight_channels(seconds: float) -> Audio:
    """The band on eight channels, half of them silent."""
    return np.concatenate([band(seconds), np.zeros((round(seconds * RATE), 4)), band(seconds)], axis=1)


DELIVERED: dict[str, tuple[Callable[[float], Audio], dict[str, Any]]] = {
    "half as long": (lambda seconds: band(seconds / 2), {}),
    "four times as long": (lambda seconds: band(seconds * 4), {}),
    "a little longer": (lambda seconds: band(seconds + 0.1), {}),
    "with a silent tail": (lambda seconds: np.concatenate([band(seconds * 0.7), SILENCE]), {}),
    "with a silent head": (lambda seconds: np.concatenate([SILENCE, band(seconds * 0.7)]), {}),
    "mono at 8 kHz": (lambda seconds: band(seconds * 0.6, rate=8_000)[:, 0], {"rate": 8_000}),
    "MP3 at 44.1 kHz": (
        lambda seconds: band(seconds * 0.6, rate=44_100),
        {"rate": 44_100, "name": "in.mp3", "subtype": "MPEG_LAYER_III"},
    ),
    "FLAC at 96 kHz": (
        lambda seconds: band(seconds * 1.5, rate=96_000),
        {"rate": 96_000, "name": "in.flac", "subtype": "PCM_24"},
    ),
    "on eight channels": (lambda seconds: eight_channels(seconds * 0.8), {}),
    "without a beat": (lambda seconds: pad(seconds / 2), {}),
}


def frames(fitted: Fitted) -> int:
    """The length of the master, whose format is checked by the way."""
    master = soundfile.info(fitted.folder / "master.wav")
    assert (master.samplerate, master.channels, master.subtype) == (48_000, 2, "PCM_24")
    return int(master.frames)


@pytest.mark.parametrize("delivered", DELIVERED)
def test_any_delivery_is_fitted_to_the_frame(delivered: str, make: Callable[..., Fitted]) -> None:
    """A length that is no whole number of anything, from all kinds of files."""
    create, how = DELIVERED[delivered]
    assert frames(make(create(5.001), duration=5.001, **how)) == 240_048


@pytest.mark.parametrize(("duration", "share"), [(5, 1.0), (29.97, 0.5), (14.98, 4.0), (31.4, 0.7)])
def test_any_length_is_met_to_the_frame(duration: float, share: float, make: Callable[..., Fitted]) -> None:
    """From half of what is wanted to four times that."""
    assert frames(make(band(duration * share, bpm=97), duration=duration)) == round(duration * 48_000)


def test_ten_minutes_are_made_from_three(tmp_path: Path) -> None:
    """The longest piece, from a file that a service is likely to deliver, up to its mastering, which keeps lengths."""
    source = write(tmp_path / "in.wav", clicks(180, 97))
    recording = record(source, survey(source, untold), 611, tmp_path / "recording", untold)
    level = level_of(recording)
    arrangement, _, cut = arranged(recording, ending_of(recording, level), level, 600, untold)
    assert cut
    assert 590 < cut.time < 599
    tone = Tone([Scene(start=0, end=600, mood="calm", energy=50)], 0.8)
    mix_down(arrangement, tone, Raw(tmp_path / "mix", 600 * RATE), untold)
    mix = np.memmap(tmp_path / "mix", np.float32, "r").reshape(-1, 2)
    assert len(mix) == 600 * RATE
    assert np.abs(mix[-RATE:]).max() > 0.01


def test_a_second_is_enough(make: Callable[..., Fitted]) -> None:
    """What is far shorter than wanted is repeated as often as it takes."""
    made = make(band(1.2), duration=20)
    assert frames(made) == 20 * 48_000
    assert made.sheet["fitting"]["loop"]["repeats"] >= 15
