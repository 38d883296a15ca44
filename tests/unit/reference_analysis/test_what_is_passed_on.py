"""What is sure is passed on, what is uncertain is a note."""

import subprocess
import sys
from pathlib import Path

import pytest

from dalsegno.models import MOODS
from dalsegno.reference.analysis import SongFeatures
from dalsegno.reference.analysis.description import SURE_BPM, SURE_KEY, SURE_MOOD
from dalsegno.reference.analysis.mood import find_mood

ROOT = Path(__file__).parents[3]


def features(surplus: float) -> SongFeatures:
    """Readings that are so much surer than they need to be."""
    return SongFeatures(120.4, SURE_BPM + surplus, "A minor", SURE_KEY + surplus, "sad", SURE_MOOD + surplus)


def test_what_is_sure_is_passed_on() -> None:
    """All of it."""
    sure = features(0.0)
    assert (sure.bpm, sure.key, sure.mood) == (120.4, "A minor", "sad")
    assert sure.in_words == "Tempo 120 beats a minute; key A minor; mood sad."


def test_what_is_uncertain_is_not_passed_on_but_told() -> None:
    """A person may make something of it; the composer must not."""
    unsure = features(-0.001)
    assert (unsure.bpm, unsure.key, unsure.mood) == (None, None, None)
    assert unsure.in_words == (
        "Tempo uncertain, perhaps 120 beats a minute; key uncertain, perhaps A minor; "
        "mood uncertain, perhaps sad."
    )


def test_what_is_not_to_be_heard_is_told_too() -> None:
    """Silence has nothing."""
    assert SongFeatures().in_words == "No tempo to be heard; no key to be heard; no mood to be heard."


@pytest.mark.parametrize("minor", [0.0, 1e-9, 0.5, 1.0])
@pytest.mark.parametrize("bpm", [40.0, 220.0])
@pytest.mark.parametrize("punch", [0.0, 40.0])
def test_a_mood_is_one_of_ten_at_any_extreme(minor: float, bpm: float, punch: float) -> None:
    """With a confidence between 0.1, chance, and 1."""
    found = find_mood(minor=minor, bpm=bpm, bpm_confidence=1.0, punch=punch)
    assert found.mood in MOODS
    assert 0.1 <= found.confidence <= 1


@pytest.mark.parametrize(
    ("minor", "bpm", "punch", "moods"),
    [
        (1.0, 66.0, 0.25, {"sad", "dark"}),
        (0.0, 70.0, 0.25, {"calm", "romantic"}),
        (0.0, 114.0, 0.5, {"happy", "inspiring"}),
        (1.0, 92.0, 0.6, {"epic"}),
    ],
)
def test_mode_tempo_and_punch_lead_to_moods_that_sound_so(
    minor: float, bpm: float, punch: float, moods: set[str]
) -> None:
    """Slow and minor is no happy song."""
    assert find_mood(minor=minor, bpm=bpm, bpm_confidence=1.0, punch=punch).mood in moods


def test_a_tempo_that_is_a_guess_does_not_decide_the_mood() -> None:
    """It counts by its confidence."""
    slow, fast = (find_mood(minor=0.5, bpm=bpm, bpm_confidence=0.0, punch=0.4) for bpm in (60.0, 130.0))
    assert slow == fast


def test_analysis_is_light_and_pure() -> None:
    """It needs no library of the development tools, no Temporal and no settings."""
    code = "import dalsegno.reference.analysis, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {
        "librosa",
        "numba",
        "temporalio",
        "dalsegno.settings",
        "sqlalchemy",
    }
