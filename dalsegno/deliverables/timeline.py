"""The waveform, scenes and cues of the page as one SVG.

Places along the time are percentages, so that the drawing fits any width while its text keeps its shape.
There is no style attribute in it: the page's content security policy allows none.
"""

from collections.abc import Iterator, Sequence
from html import escape

from dalsegno.deliverables.clock import clock
from dalsegno.deliverables.colours import MOOD_COLOURS
from dalsegno.deliverables.cue_sheet import Cue
from dalsegno.deliverables.peaks import Peaks
from dalsegno.models import Scene

# In pixels from top to bottom: names of the scenes, waveform, energy.
NAMES_HEIGHT, WAVE_HEIGHT, GAP, ENERGY_HEIGHT = 26, 150, 4, 40
HEIGHT = NAMES_HEIGHT + WAVE_HEIGHT + GAP + ENERGY_HEIGHT
# The waveform's vertical resolution: whole numbers keep the page small.
FULL_SCALE = 100


def draw_timeline(recording: Peaks, scenes: Sequence[Scene], cues: Sequence[Cue], duration: float) -> str:
    """The SVG; it is hidden from screen readers, for which the page lists the scenes as a table.

    Args:
        recording: the waveform.
        scenes: in order.
        cues: where the music hits a cut; each becomes an upright line.
        duration: seconds the drawing spans, above 0; what begins beyond it is left out.
    """
    parts = [
        f'<svg class="drawing" width="100%" height="{HEIGHT}" aria-hidden="true" focusable="false">',
        *(_scene(scene, duration) for scene in scenes if scene.start < duration),
        _wave(recording),
        *(_cue(cue, duration) for cue in cues if 0 < cue.time < duration),
        "</svg>",
    ]
    return "\n".join(parts)


def _percent(seconds: float, duration: float) -> str:
    return f"{100 * min(max(seconds / duration, 0.0), 1.0):.3f}%"


def _scene(scene: Scene, duration: float) -> str:
    """A region of its own SVG, which cuts off a name that is too long for it."""
    left = _percent(scene.start, duration)
    width = _percent(min(scene.end, duration) - scene.start, duration)
    colour = MOOD_COLOURS[scene.mood]
    bar = ENERGY_HEIGHT * scene.energy / 100
    return (
        f'<svg x="{left}" width="{width}" height="{HEIGHT}">'
        f"<title>{escape(f'{scene.mood}, energy {scene.energy:.0f}, from {clock(scene.start)}')}</title>"
        f'<rect width="100%" height="{NAMES_HEIGHT}" fill="{colour}"/>'
        f'<rect y="{NAMES_HEIGHT}" width="100%" height="{WAVE_HEIGHT}" fill="{colour}" fill-opacity="0.18"/>'
        f'<rect y="{HEIGHT - bar:.1f}" width="100%" height="{bar:.1f}" fill="{colour}" fill-opacity="0.8"/>'
        f'<rect width="1" height="100%" class="edge"/>'
        f'<text x="8" y="{NAMES_HEIGHT - 8}" class="name">{escape(scene.mood)} {scene.energy:.0f}</text>'
        "</svg>"
    )


def _wave(recording: Peaks) -> str:
    buckets = len(recording.rms)
    return (
        f'<svg y="{NAMES_HEIGHT}" width="100%" height="{WAVE_HEIGHT}" preserveAspectRatio="none" '
        f'viewBox="0 {-FULL_SCALE} {buckets} {2 * FULL_SCALE}">'
        f'<path class="peaks" d="{_outline(recording)}"/></svg>'
    )


def _outline(recording: Peaks) -> str:
    """The highest samples from left to right, then the lowest back: one closed shape; down is positive."""

    def corners() -> Iterator[str]:
        upper = [round(-FULL_SCALE * float(level)) for level in recording.highest]
        lower = [round(-FULL_SCALE * float(level)) for level in recording.lowest]
        for bucket, level in enumerate(upper):
            yield f"{bucket},{level}"
        for bucket, level in reversed(list(enumerate(lower))):
            yield f"{bucket + 1},{level}"

    return f"M{' '.join(corners())}Z"


def _cue(cue: Cue, duration: float) -> str:
    place = _percent(cue.time, duration)
    return (
        f'<line class="cue" x1="{place}" x2="{place}" y1="{NAMES_HEIGHT}" y2="{NAMES_HEIGHT + WAVE_HEIGHT}">'
        f"<title>{escape(f'{cue.label} at {clock(cue.time)}')}</title></line>"
    )
