"""Fitted music that several tests look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.foreign_music import RATE, Audio, Fitted, band, fitted, write

Make = Callable[..., Fitted]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Fits samples to a brief of the given fields."""

    def make_it(
        audio: Audio, rate: int = RATE, name: str = "in.wav", subtype: str = "PCM_16", **brief: Any
    ) -> Fitted:
        return fitted(write(tmp_path / name, audio, rate, subtype), tmp_path / f"{name}-fitted", **brief)

    return make_it


@pytest.fixture(scope="session")
def looped_band(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """Twenty seconds of a band, made to last 45.5, over scenes of energy 20, 90 and 40."""
    folder = tmp_path_factory.mktemp("looped-band")
    scenes = [
        {"start": 0.0, "end": 15.0, "mood": "calm", "energy": 20.0},
        {"start": 15.0, "end": 30.0, "mood": "epic", "energy": 90.0},
        {"start": 30.0, "end": 45.5, "mood": "sad", "energy": 40.0},
    ]
    return fitted(write(folder / "in.wav", band(20)), folder / "out", duration=45.5, scenes=scenes)
