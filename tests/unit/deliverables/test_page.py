import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from dalsegno.deliverables.cue_sheet import CueSheet
from dalsegno.deliverables.page import _embedded, render_page
from dalsegno.deliverables.peaks import Peaks
from dalsegno.models import Scene

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u2028"


class Page(HTMLParser):
    """The page as a browser would take it apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.words = ""
        self._inside: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the element."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leaves the element."""
        self._inside = None

    def handle_data(self, data: str) -> None:
        """Sorts text into script, style and words."""
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside == "style":
            self.styles.append(data)
        else:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(
    *, title: str = "A title", scenes: list[Scene] | None = None, sheet: CueSheet | None = None
) -> str:
    """A page with what a test varies."""
    flat = np.linspace(0, 0.5, 10)
    return render_page(
        title=title,
        duration=2.0,
        scenes=scenes or [],
        recording=Peaks(-flat, flat, flat / 2),
        sheet=sheet or CueSheet(),
        downloads={"master.wav": 51_840_044, "stems/drums & bass.wav": 900},
    )


def test_the_page_asks_for_nothing_but_its_own_folder(scenes: list[Scene]) -> None:
    """No address with a scheme or host in it, and a policy that allows none."""
    text = page_of(scenes=scenes)

    assert "//" not in re.sub(r"\s//[^\n]*", "", text)
    references = [
        value
        for _, attributes in Page(text).elements
        for name, value in attributes.items()
        if name in {"src", "href"}
    ]
    assert "preview.mp3" in references
    assert "metadata.json" in references
    assert [value for value in references if value is None or ":" in value or value.startswith("/")] == []


def test_the_policy_lets_only_the_page_s_own_script_and_style_run() -> None:
    """The policy names their hashes and nothing beside them, and no attribute needs what it forbids."""
    page = Page(page_of())
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta) or ""

    def digest(content: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == digest(page.scripts[-1])
    assert rules["style-src"] == digest(page.styles[0])
    forbidden = [
        name
        for _, attributes in page.elements
        for name in attributes
        if name.startswith("on") or name == "style"
    ]
    assert forbidden == []


def test_hostile_text_stays_text(scenes: list[Scene]) -> None:
    """Title, cues, instruments, prompt and fitting show what they hold and add no element to the page."""
    sheet = CueSheet.model_validate(
        {
            "key": HOSTILE,
            "mood": HOSTILE,
            "cues": [{"time": 1.0, "label": HOSTILE}],
            "instruments": [{"asked": HOSTILE, "status": "ignored", "played": [HOSTILE], "note": HOSTILE}],
            "prompt": [{"words": HOSTILE, "status": "honoured", "effect": HOSTILE}],
            "fitting": {"done": [HOSTILE]},
        }
    )
    page = Page(page_of(title=HOSTILE, scenes=scenes, sheet=sheet))

    assert len(page.all("script")) == 2
    assert page.all("img") == []
    assert page.words.count("alert(1)") == 2 * 11


def test_embedded_json_cannot_end_its_script() -> None:
    """Whatever stands in it: it reads back the same, and holds neither a tag nor a line separator."""
    embedded = _embedded({"text": HOSTILE})

    assert json.loads(embedded) == {"text": HOSTILE}
    assert not set(embedded) & set("<>&\u2028\u2029")


def test_scenes_are_a_drawing_and_a_table(scenes: list[Scene]) -> None:
    """Mood and energy stand in the drawing and, for screen readers, in a table; the script knows them too."""
    page = Page(page_of(scenes=scenes))

    assert [row["data-scene"] for row in page.all("tr") if "data-scene" in row] == ["0", "1"]
    assert "epic 90" in page.words
    assert json.loads(page.scripts[0])["scenes"][1] == {
        "start": 1.0,
        "end": 2.0,
        "mood": "epic",
        "energy": 90.0,
    }


def test_the_position_is_a_slider_to_screen_readers(scenes: list[Scene]) -> None:
    """The timeline has role, name, range and value, and can be reached by keyboard."""
    slider = next(div for div in Page(page_of(scenes=scenes)).all("div") if div.get("role") == "slider")

    assert slider["tabindex"] == "0"
    assert slider["aria-label"]
    assert (slider["aria-valuemin"], slider["aria-valuemax"]) == ("0", "2")
    assert slider["aria-valuetext"] == "0:00 of 0:02"


def test_downloads_name_the_files_with_their_sizes() -> None:
    """Odd names are quoted in the link and readable in the text; metadata.json is among them already."""
    page = Page(page_of())

    assert [link["href"] for link in page.all("a") if "download" in link] == [
        "master.wav",
        "stems/drums%20%26%20bass.wav",
        "metadata.json",
    ]
    assert "51.8 MB" in page.words
    assert "stems/drums & bass.wav" in page.words


def test_a_page_without_scenes_and_wishes_leaves_their_tables_out() -> None:
    """No empty table, no heading without content."""
    page = Page(page_of())

    assert page.all("table") == []
    assert "Scenes" not in page.words


@pytest.mark.parametrize(
    ("tempo_map", "shown"),
    [([], ""), ([{"time": 0, "bpm": 92.4}], "92 bpm"), ([{"bpm": 120}, {"bpm": 90}], "90 to 120 bpm")],
)
def test_the_facts_give_the_tempo_or_its_range(tempo_map: list[dict[str, float]], shown: str) -> None:
    """One tempo, the range of several, or nothing where none is known."""
    words = Page(page_of(sheet=CueSheet.model_validate({"tempo_map": tempo_map}))).words

    assert shown in words
    assert ("bpm" in words) is bool(shown)
