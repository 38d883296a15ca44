"""The cue sheet tells what was done, and the page and the picture are made from it."""

import html
from collections.abc import Callable

import numpy as np
import pytest

from dalsegno.composer import compose
from dalsegno.deliverables.cue_sheet import read_cue_sheet
from dalsegno.deliverables.finish import finish
from dalsegno.models import MusicBrief
from tests.support.foreign_music import Fitted, band, hear


def test_the_loop_is_told(looped_band: Fitted) -> None:
    """Its ends lie in the delivered audio, its seams in the result, a whole number of beats apart."""
    told = looped_band.sheet["fitting"]
    loop = told["loop"]
    assert 0 < loop["start"] < loop["end"] < 20
    length = loop["end"] - loop["start"]
    assert length / 0.5 == pytest.approx(round(length / 0.5), abs=0.01)
    assert len(loop["seams"]) == loop["repeats"]
    assert np.diff([loop["end"], *loop["seams"][1:]]) == pytest.approx(length, abs=1e-3)
    assert any(sentence.startswith("Repeated") and "on the beat" in sentence for sentence in told["done"])
    assert told["source"] == {
        "format": "WAV",
        "sample_rate": 48_000,
        "channels": 2,
        "seconds": 20,
        "clipped_samples": 0,
        "broken_samples": 0,
        "direct_current": pytest.approx(0, abs=1e-3),
    }


def test_bars_are_where_they_are_heard(looped_band: Fitted) -> None:
    """At 120, a bar each two seconds, over the seams too, none beyond the end."""
    bars = np.array(looped_band.sheet["bars"])
    assert np.diff(bars) == pytest.approx(2, abs=0.03)
    assert len(bars) >= 22
    assert bars[-1] < 45.5


def test_what_was_delivered_badly_is_told(make: Callable[..., Fitted]) -> None:
    """Clipped, broken and extreme samples are counted; they do no harm."""
    audio = np.clip(band(8) * 6, -1, 1).astype(np.float32)
    audio[1_000:1_010] = np.nan
    audio[2_000] = np.inf
    audio[3_000] = -1e30
    made = make(audio, subtype="FLOAT", duration=6)
    source = made.sheet["fitting"]["source"]
    assert source["broken_samples"] == 24
    assert source["clipped_samples"] > 100
    assert np.isfinite(made.master).all()
    assert abs(hear(made.folder / "master.wav").loudness + 14) <= 0.3


def test_missing_stems_are_told(make: Callable[..., Fitted]) -> None:
    """Who asked for stems reads why there are none."""
    made = make(band(6), duration=5, stems=True)
    assert "There are no stems: the music came as one recording." in made.result.notes


def test_the_title_is_the_composers(make: Callable[..., Fitted]) -> None:
    """One brief has one title, whoever makes the music."""
    brief = {"duration": 5, "seed": 7, "prompt": "gentle jazz", "mood": "romantic"}
    made = make(band(6), **brief)
    assert made.result.title == compose(MusicBrief.model_validate(brief)).title == made.sheet["title"]


def test_page_and_picture_are_made(looped_band: Fitted) -> None:
    """The finishing touch takes the folder as it is; nothing temporary is in it."""
    names = finish(
        looped_band.folder, MusicBrief(duration=45.5, seed=1), looped_band.result, scene_context=None
    )
    assert set(looped_band.result.files) == {"master.wav", "preview.mp3", "cue-sheet.json"} <= set(names)
    assert {path.name for path in looped_band.folder.iterdir()} == {*names}
    page = (looped_band.folder / "index.html").read_text()
    assert "How it was fitted" in page
    assert all(html.escape(sentence) in page for sentence in looped_band.result.notes)
    assert read_cue_sheet(looped_band.folder).tempo_map[0].bpm == pytest.approx(120, rel=0.01)


def test_progress_is_told_in_order(looped_band: Fitted) -> None:
    """From 0 to 1, never back, in words."""
    fractions = [done for done, _ in looped_band.reports]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    words = list(dict.fromkeys(words for _, words in looped_band.reports))
    assert words[:3] == [
        "Listening through the delivered audio",
        "Decoding what sounds",
        "Looking for the beat",
    ]
