"""Mood: which of the ten a clip's mode, tempo and punch suit.

Each mood is expected to sound as the composer would write it: its modes, its tempos, its energy. How freely music
departs from that is wide, and mode, tempo and punch say little of what words and timbre say, so most clips stay
uncertain. Loudness says nothing: it is the recording's.
"""

from dataclasses import dataclass

import numpy as np

from dalsegno.composer.moods import STYLES, Style
from dalsegno.composer.theory import MINOR_MODES
from dalsegno.models import MOODS, Mood

# How likely music is in the mode that its mood asks for, by far the clearest sign of a mood.
KEPT_MODE = 0.85
# How far music departs from its mood's tempo (octaves) and energy (0..100): standard deviations.
TEMPO_SPREAD, ENERGY_SPREAD = 0.45, 30.0
# Decibels by which bands grow a frame, on average, in music as soft, and as strong, as it gets.
SOFT_PUNCH, STRONG_PUNCH = 0.2, 0.65


@dataclass(frozen=True)
class HeardMood:
    """The likeliest mood, and how likely it is right, 0..1."""

    mood: Mood
    confidence: float


def find_mood(*, minor: float, bpm: float, bpm_confidence: float, punch: float) -> HeardMood:
    """The mood that suits best.

    Args:
        minor: how likely the music is in minor, 0..1.
        bpm: beats a minute.
        bpm_confidence: how likely that is right, 0..1: the tempo counts by so much.
        punch: the mean strength of onsets, in decibels a frame.
    """
    energy = 100 * (punch - SOFT_PUNCH) / (STRONG_PUNCH - SOFT_PUNCH)
    odds = []
    for style in (STYLES[mood] for mood in MOODS):
        asked = minor_share(style)
        likely = KEPT_MODE * asked + (1 - KEPT_MODE) * (1 - asked)
        mode = np.log(minor * likely + (1 - minor) * (1 - likely))
        tempo = np.log2(bpm / np.sqrt(np.prod(style.tempo))) / TEMPO_SPREAD
        strength = (np.clip(energy, 0, 100) - style.energy) / ENERGY_SPREAD
        odds.append(float(mode - bpm_confidence * tempo**2 / 2 - strength**2 / 2))
    chances = np.exp(np.array(odds) - max(odds))
    best = int(chances.argmax())
    return HeardMood(MOODS[best], float(chances[best] / chances.sum()))


def minor_share(style: Style) -> float:
    """The part of a style's modes that are minor, 0..1."""
    return sum(mode in MINOR_MODES for mode in style.harmony) / len(style.harmony)
