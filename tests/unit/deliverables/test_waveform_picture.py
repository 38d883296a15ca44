from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageColor

from dalsegno.deliverables.colours import MOOD_COLOURS
from dalsegno.deliverables.lettering import drawable, font, shortened
from dalsegno.deliverables.waveform import draw_waveform
from dalsegno.models import MOODS, Scene


def test_the_same_recording_gives_the_same_bytes(
    recording: Callable[..., Path], scenes: list[Scene], tmp_path: Path
) -> None:
    """The picture is fixed by what it shows."""
    master = recording()
    for name in ("a.png", "b.png"):
        draw_waveform(master, tmp_path / name, title="A title", duration=2.0, scenes=scenes)

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_scenes_stand_in_their_mood_s_colour_over_their_time(
    recording: Callable[..., Path], scenes: list[Scene], tmp_path: Path
) -> None:
    """The strip of names has the first mood's colour left of the cut and the second's right of it."""
    draw_waveform(recording(), tmp_path / "a.png", title="", duration=2.0, scenes=scenes)

    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1600, 400)
        assert picture.getpixel((40, 70)) == ImageColor.getrgb(MOOD_COLOURS["calm"])
        assert picture.getpixel((790, 70)) == ImageColor.getrgb(MOOD_COLOURS["calm"])
        assert picture.getpixel((810, 70)) == ImageColor.getrgb(MOOD_COLOURS["epic"])
        assert picture.getpixel((1560, 70)) == ImageColor.getrgb(MOOD_COLOURS["epic"])


def test_energy_sets_the_height_of_the_scene_s_bar(
    recording: Callable[..., Path], scenes: list[Scene], tmp_path: Path
) -> None:
    """Halfway up the energy lane there is colour for 90 and none for 20."""
    draw_waveform(recording(), tmp_path / "a.png", title="", duration=2.0, scenes=scenes)

    with Image.open(tmp_path / "a.png") as picture:
        calm, epic = picture.getpixel((400, 320)), picture.getpixel((1200, 320))
        assert isinstance(calm, tuple)
        assert isinstance(epic, tuple)
        assert min(calm) > 230
        assert min(epic) < 150


def test_the_waveform_is_as_high_as_the_recording_is_loud(
    recording: Callable[..., Path], tmp_path: Path
) -> None:
    """A recording that grows from silence leaves the outer rows empty at first and fills them in the end."""
    draw_waveform(recording(level=1.0), tmp_path / "a.png", title="", duration=2.0, scenes=[])

    with Image.open(tmp_path / "a.png") as picture:
        start, end = picture.getpixel((60, 110)), picture.getpixel((1560, 110))
        assert isinstance(start, tuple)
        assert isinstance(end, tuple)
        assert min(start) > 230
        assert max(end) < 200


@pytest.mark.parametrize(
    "title",
    [
        "",
        "long " * 5_000,
        "two\nlines\r\n\x00\x1b[31m",
        "🚀🎵",
        "\u202eevil",
        "中文标题",
        "\ud800",
        "e" + "\u0301" * 900,
    ],
)
def test_any_title_can_be_drawn(
    title: str, recording: Callable[..., Path], scenes: list[Scene], tmp_path: Path
) -> None:
    """Hostile titles stay within their line: nothing below it differs from the picture without a title."""
    master = recording()
    draw_waveform(master, tmp_path / "titled.png", title=title, duration=2.0, scenes=scenes)
    draw_waveform(master, tmp_path / "plain.png", title="", duration=2.0, scenes=scenes)

    with Image.open(tmp_path / "titled.png") as titled, Image.open(tmp_path / "plain.png") as plain:
        differs = ImageChops.difference(titled, plain).getbbox()
    if differs is not None:
        left, top, right, bottom = differs
        assert left >= 30
        assert right <= 1500
        assert top >= 10
        assert bottom < 66


def test_crowded_scenes_are_drawn(recording: Callable[..., Path], tmp_path: Path) -> None:
    """A thousand scenes, narrower than a pixel, and scenes beyond the end are no trouble."""
    crowd = [
        Scene(start=n * 0.003, end=(n + 1) * 0.003, mood=MOODS[n % 10], energy=50.0) for n in range(1_000)
    ]

    draw_waveform(recording(), tmp_path / "a.png", title="Crowd", duration=2.0, scenes=crowd)

    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1600, 400)


def test_drawable_keeps_what_the_font_knows() -> None:
    """Accents go, dashes become hyphens, emoji and control characters are left out, spaces are single."""
    assert drawable("L'épique\n — 🚀  “moon”…\x07") == "L'epique - “moon”..."


def test_shortened_text_fits_its_place() -> None:
    """Text is cut with an ellipsis where it is too wide, and left alone where it fits."""
    assert shortened("short", 20, 500) == "short"
    cut = shortened("a long line of words", 20, 100)
    assert cut.endswith("…")
    assert font(20).getlength(cut) <= 100


def test_white_names_are_readable_on_every_mood_s_colour() -> None:
    """WCAG 2, level AA: a contrast of 4.5 to 1 between the colour and white."""

    def luminance(colour: str) -> float:
        parts = [part / 255 for part in ImageColor.getrgb(colour)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert set(MOOD_COLOURS) == set(MOODS)
    assert {mood for mood, colour in MOOD_COLOURS.items() if 1.05 / (luminance(colour) + 0.05) < 4.5} == set()
