"""Pieces that several tests look at, and ffmpeg as a meter that is not our own."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest

from dalsegno.models import MusicBrief, Scene
from dalsegno.ports import RenderedMusic
from dalsegno.providers.builtin import BuiltinComposer


@dataclass(frozen=True)
class Heard:
    """What ffmpeg's ebur128 hears: LUFS and dBTP, to a tenth."""

    loudness: float
    true_peak: float


@dataclass(frozen=True)
class Piece:
    """A finished piece and what was reported on the way."""

    brief: MusicBrief
    folder: Path
    result: RenderedMusic
    reports: list[tuple[float, str]]


SCENES = [
    Scene(start=0.0, end=6.3, mood="calm", energy=20),
    Scene(start=6.3, end=12.1, mood="epic", energy=90),
    Scene(start=12.1, end=17.77, mood="sad", energy=30),
]


def hear(path: Path) -> Heard:
    """Measures an audio file by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary") :]
    values = [re.search(rf"{name}:\s*(-?[\d.]+)", summary) for name in ("I", "Peak")]
    loudness, peak = (float(found.group(1)) for found in values if found)
    return Heard(loudness, peak)


def make(brief: MusicBrief, folder: Path) -> Piece:
    """Renders a brief."""
    reports: list[tuple[float, str]] = []
    result = BuiltinComposer().render(
        brief, folder, lambda fraction, words: reports.append((fraction, words))
    )
    return Piece(brief, folder, result, reports)


@pytest.fixture(scope="session")
def ffmpeg_hears() -> Callable[[Path], Heard]:
    """Measures an audio file by ffmpeg."""
    return hear


@pytest.fixture(scope="session")
def render_piece() -> Callable[[MusicBrief, Path], Piece]:
    """Renders a brief into a folder."""
    return make


@pytest.fixture(scope="session")
def three_scenes(tmp_path_factory: pytest.TempPathFactory) -> Piece:
    """A piece of an odd length with two cuts, from still to strong and back, with stems."""
    brief = MusicBrief(duration=17.77, seed=3, scenes=SCENES, stems=True, instruments=["piano", "strings"])
    return make(brief, tmp_path_factory.mktemp("three-scenes"))
