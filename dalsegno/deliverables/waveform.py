"""waveform.png: the recording, its scenes and their energy over the time of the video."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw

from dalsegno.deliverables.clock import clock
from dalsegno.deliverables.colours import MOOD_COLOURS
from dalsegno.deliverables.lettering import drawable, font, shortened
from dalsegno.deliverables.peaks import Peaks, peaks
from dalsegno.models import Scene

WIDTH, HEIGHT = 1600, 400
LEFT, RIGHT = 32, WIDTH - 32
# From top to bottom: title, names of the scenes, waveform, energy, time.
TITLE_MIDDLE = 36
NAMES_TOP, NAMES_BOTTOM = 66, 94
WAVE_TOP, WAVE_BOTTOM = 94, 290
ENERGY_TOP, ENERGY_BOTTOM = 296, 344
TIMES_TOP = 352
# Drawn larger and scaled down, which smooths the waveform's edge.
OVERSAMPLING = 2

Colour = str | tuple[int, int, int]

PAPER, INK, FAINT, GRID = "#ffffff", "#1f2330", "#5b6270", "#d5d9e0"
WAVE_OUTER, WAVE_INNER = "#8b93a7", "#2b3145"
TITLE_SIZE, LABEL_SIZE = 26, 16
# Steps between marks on the time axis, in seconds; the first one is taken that leaves the labels room.
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120)
MARK_SPACING = 90


def draw_waveform(
    master: Path, target: Path, *, title: str, duration: float, scenes: Sequence[Scene]
) -> None:
    """Draws a recording as PNG of 1600 by 400 pixels; the same recording and scenes give the same bytes.

    Args:
        master: the recording.
        target: the PNG file to write.
        title: any text; what the font can't draw is left out, what is too long is cut.
        duration: seconds the time axis spans, above 0.
        scenes: in order; what lies beyond `duration` is not drawn. May be empty.

    Raises:
        soundfile.LibsndfileError: `master` is not there or not a recording.
    """
    picture = Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING), PAPER)
    large = ImageDraw.Draw(picture)
    _draw_scenes(large, scenes, duration)
    _draw_wave(large, peaks(master, (RIGHT - LEFT) * OVERSAMPLING))
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    draw = ImageDraw.Draw(picture)
    _write_title(draw, title, duration)
    _write_scene_names(draw, scenes, duration)
    _draw_time_axis(draw, duration)
    picture.save(target, format="PNG")


def _x(seconds: float, duration: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(max(seconds / duration, 0.0), 1.0)


def _tint(colour: str, strength: float) -> Colour:
    """The colour mixed into the paper, `strength` from 0 to 1."""
    paper, full = ImageColor.getrgb(PAPER), ImageColor.getrgb(colour)
    red, green, blue = (
        round(below + (above - below) * strength) for below, above in zip(paper[:3], full[:3], strict=True)
    )
    return red, green, blue


def _fill(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Fills a box given in the picture's final pixels; right and bottom edges are not part of it."""
    left, top, right, bottom = (round(edge * OVERSAMPLING) for edge in box)
    if right > left and bottom > top:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def _draw_scenes(draw: ImageDraw.ImageDraw, scenes: Sequence[Scene], duration: float) -> None:
    _fill(draw, (LEFT, WAVE_TOP, RIGHT, WAVE_BOTTOM), _tint(GRID, 0.25))
    if scenes:
        _fill(draw, (LEFT, ENERGY_TOP, RIGHT, ENERGY_BOTTOM), _tint(GRID, 0.25))
    for scene in scenes:
        colour = MOOD_COLOURS[scene.mood]
        left, right = _x(scene.start, duration), _x(scene.end, duration)
        level = ENERGY_BOTTOM - (ENERGY_BOTTOM - ENERGY_TOP) * scene.energy / 100
        _fill(draw, (left, NAMES_TOP, right, NAMES_BOTTOM), colour)
        _fill(draw, (left, WAVE_TOP, right, WAVE_BOTTOM), _tint(colour, 0.16))
        _fill(draw, (left, level, right, ENERGY_BOTTOM), _tint(colour, 0.75))
        if left > LEFT:
            _fill(draw, (left - 0.5, NAMES_TOP, left + 0.5, ENERGY_BOTTOM), PAPER)


def _draw_wave(draw: ImageDraw.ImageDraw, recording: Peaks) -> None:
    middle = (WAVE_TOP + WAVE_BOTTOM) / 2 * OVERSAMPLING
    reach = (WAVE_BOTTOM - WAVE_TOP) / 2 * OVERSAMPLING
    columns = zip(recording.lowest, recording.highest, recording.rms, strict=True)
    for x, (lowest, highest, rms) in enumerate(columns, start=LEFT * OVERSAMPLING):
        top, bottom = (middle - reach * min(max(level, -1.0), 1.0) for level in (highest, lowest))
        draw.line((x, round(top), x, round(bottom)), fill=WAVE_OUTER)
        inner = reach * min(rms, highest, -lowest)
        draw.line((x, round(middle - inner), x, round(middle + inner)), fill=WAVE_INNER)


def _write_title(draw: ImageDraw.ImageDraw, title: str, duration: float) -> None:
    length = clock(duration)
    draw.text((RIGHT, TITLE_MIDDLE), length, fill=FAINT, font=font(TITLE_SIZE), anchor="rm")
    room = RIGHT - LEFT - font(TITLE_SIZE).getlength(length) - 2 * TITLE_SIZE
    line = shortened(drawable(title), TITLE_SIZE, room)
    draw.text((LEFT, TITLE_MIDDLE), line, fill=INK, font=font(TITLE_SIZE), anchor="lm")


def _write_scene_names(draw: ImageDraw.ImageDraw, scenes: Sequence[Scene], duration: float) -> None:
    """Writes mood and energy into each scene, or the mood alone, or nothing: what its width has room for."""
    if scenes:
        draw.text((LEFT + 4, ENERGY_TOP + 3), "energy", fill=INK, font=font(12), anchor="la")
    for scene in scenes:
        left, right = _x(scene.start, duration), _x(scene.end, duration)
        for label in (f"{scene.mood}  {scene.energy:.0f}", scene.mood):
            if font(LABEL_SIZE).getlength(label) <= right - left - 12:
                place = ((left + right) / 2, (NAMES_TOP + NAMES_BOTTOM) / 2)
                draw.text(place, label, fill=PAPER, font=font(LABEL_SIZE), anchor="mm")
                break


def _draw_time_axis(draw: ImageDraw.ImageDraw, duration: float) -> None:
    spacing = MARK_SPACING * duration / (RIGHT - LEFT)
    step = next((step for step in TIME_STEPS if step >= spacing), TIME_STEPS[-1])
    for mark in range(0, int(duration) + 1, step):
        x = _x(mark, duration)
        draw.line((x, ENERGY_BOTTOM, x, TIMES_TOP), fill=FAINT)
        anchor = "la" if mark == 0 else "ra" if x > RIGHT - MARK_SPACING / 4 else "ma"
        draw.text((x, TIMES_TOP + 4), clock(mark), fill=FAINT, font=font(LABEL_SIZE), anchor=anchor)
