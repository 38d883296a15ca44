from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dalsegno.models import SAMPLE_RATE, Scene

MakeRecording = Callable[..., Path]


@pytest.fixture
def recording(tmp_path: Path) -> MakeRecording:
    """Writes a stereo WAV of a tone that grows from silence to `level`."""

    def make(name: str = "master.wav", *, seconds: float = 2.0, level: float = 0.8) -> Path:
        frames = round(seconds * SAMPLE_RATE)
        tone = np.sin(np.arange(frames) * 0.05) * np.linspace(0, level, frames)
        path = tmp_path / name
        soundfile.write(path, np.stack([tone, -tone], axis=1), SAMPLE_RATE, subtype="PCM_24")
        return path

    return make


@pytest.fixture
def scenes() -> list[Scene]:
    """Two scenes over two seconds."""
    return [
        Scene(start=0.0, end=1.0, mood="calm", energy=20.0),
        Scene(start=1.0, end=2.0, mood="epic", energy=90.0),
    ]
