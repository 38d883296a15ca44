"""Whatever is delivered, the master is as long as was asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.support.foreign_music import RATE, Audio, Fitted, band, pad

SILENCE = np.zeros((RATE * 3, 2))


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


@pytest.mark.parametrize(("duration", "share"), [(5, 1.0), (29.97, 0.5), (29.97, 4.0), (60, 0.7)])
def test_any_length_is_met_to_the_frame(duration: float, share: float, make: Callable[..., Fitted]) -> None:
    """From half of what is wanted to four times that."""
    assert frames(make(band(duration * share, bpm=97), duration=duration)) == round(duration * 48_000)


def test_ten_minutes_are_made_from_three(make: Callable[..., Fitted]) -> None:
    """The longest piece, from a file that a service is likely to deliver."""
    assert frames(make(np.tile(band(24), (7, 1)), duration=600)) == 600 * 48_000


def test_a_second_is_enough(make: Callable[..., Fitted]) -> None:
    """What is far shorter than wanted is repeated as often as it takes."""
    made = make(band(1.2), duration=20)
    assert frames(made) == 20 * 48_000
    assert made.sheet["fitting"]["loop"]["repeats"] >= 15
