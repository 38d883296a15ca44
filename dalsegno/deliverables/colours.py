"""One colour a mood, the same in the picture and on the page.

Hues follow the mood, warm for lively and cold for still. White text on each of them has a contrast of at
least 4.5 to 1 (WCAG 2, level AA). A colour never stands alone for its mood where there is room for the name.
"""

from dalsegno.models import Mood

MOOD_COLOURS: dict[Mood, str] = {
    "happy": "#a06c00",
    "sad": "#4a6fa5",
    "calm": "#257f74",
    "tense": "#b5533c",
    "epic": "#8a3ffc",
    "romantic": "#c13a7c",
    "dark": "#4d4a63",
    "energetic": "#c44900",
    "inspiring": "#26803a",
    "neutral": "#69717a",
}
