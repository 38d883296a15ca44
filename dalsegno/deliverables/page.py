"""index.html: one file that plays the preview over waveform and scenes.

It works from the folder that it lies in, by relative names and without a network.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

from dalsegno import __version__
from dalsegno.deliverables.clock import clock
from dalsegno.deliverables.cue_sheet import CueSheet
from dalsegno.deliverables.peaks import Peaks
from dalsegno.deliverables.timeline import draw_timeline
from dalsegno.models import Scene

_DESCRIPTIONS = {
    "master.wav": "Master, 48 kHz, 24 bit",
    "preview.mp3": "Preview",
    "waveform.png": "Waveform with the scenes, as a picture",
    "cue-sheet.json": "Cue sheet: tempo map, bars, cues",
    "score.mid": "Score as MIDI",
    "metadata.json": "Metadata of the job",
}


def render_page(
    *,
    title: str,
    duration: float,
    scenes: Sequence[Scene],
    recording: Peaks,
    sheet: CueSheet,
    downloads: Mapping[str, int],
) -> str:
    """The page as HTML. Every text in it may be hostile: all are escaped.

    Args:
        title: the name of the piece.
        duration: seconds, above 0.
        scenes: in order; may be empty.
        recording: the waveform to draw.
        sheet: what became of the wishes, and the cues.
        downloads: size in bytes by relative name. `metadata.json`, written when all else is, is added.
    """
    style, script = _template("page.css"), _template("page.js")
    return Template(_template("page.html")).substitute(
        policy=escape(_policy(style=style, script=script)),
        title=escape(" ".join(title.split())),
        facts=escape(_facts(duration, sheet)),
        seconds=f"{duration:g}",
        start=f"0:00 of {clock(duration)}",
        drawing=draw_timeline(recording, scenes, sheet.cues, duration),
        sections="\n".join([_scenes(scenes), _instruments(sheet), _prompt(sheet), _fitting(sheet)]),
        downloads="\n".join(
            [*(_download(name, size) for name, size in downloads.items()), _download("metadata.json")]
        ),
        version=escape(__version__),
        piece=_embedded(
            {"duration": duration, "scenes": [scene.model_dump(mode="json") for scene in scenes]}
        ),
        style=style,
        script=script,
    )


def _template(name: str) -> str:
    return (files("dalsegno.deliverables") / "template" / name).read_text(encoding="utf-8")


def _policy(*, style: str, script: str) -> str:
    """Nothing but this page's own style, script and files. `file:` is what a page opened from a folder is."""

    def digest(content: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _embedded(content: object) -> str:
    """JSON that can't end the script element it stands in: as ASCII, with `<`, `>` and `&` as escapes."""
    text = json.dumps(content, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _facts(duration: float, sheet: CueSheet) -> str:
    facts = [clock(duration)]
    if sheet.mood:
        facts.append(sheet.mood)
    if sheet.key:
        facts.append(sheet.key)
    if sheet.tempo_map:
        slowest = round(min(mark.bpm for mark in sheet.tempo_map))
        fastest = round(max(mark.bpm for mark in sheet.tempo_map))
        facts.append(f"{slowest} bpm" if slowest == fastest else f"{slowest} to {fastest} bpm")
    return " · ".join(facts)


def _table(heading: str, columns: Sequence[str], rows: Iterable[str]) -> str:
    """A section with a table, or nothing where there is no row. Headings are ours, rows escaped already."""
    body = "\n".join(rows)
    if not body:
        return ""
    name = heading.lower().replace(" ", "-")
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{heading}</h2>\n<div class="table"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n</section>"
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _scenes(scenes: Sequence[Scene]) -> str:
    rows = (
        f'<tr data-scene="{number}"><td><button type="button" aria-label="Go to {clock(scene.start)}">'
        f"{clock(scene.start)}</button></td><td>{clock(scene.end)}</td>"
        f"<td>{escape(scene.mood)}</td><td>{scene.energy:.0f}</td></tr>"
        for number, scene in enumerate(scenes)
    )
    return _table("Scenes", ("From", "To", "Mood", "Energy"), rows)


def _instruments(sheet: CueSheet) -> str:
    def played(names: list[str] | str | None) -> str:
        return names if isinstance(names, str) else ", ".join(names or [])

    rows = (_row(wish.asked, wish.status, played(wish.played), wish.note or "") for wish in sheet.instruments)
    return _table("Instruments asked for", ("Asked", "Outcome", "Played", "Note"), rows)


def _prompt(sheet: CueSheet) -> str:
    rows = (_row(wish.words, wish.status, wish.effect or "") for wish in sheet.prompt)
    return _table("Prompt", ("Words", "Outcome", "Effect"), rows)


def _fitting(sheet: CueSheet) -> str:
    return _table("How it was fitted", ("What was done",), map(_row, sheet.fitting.done))


def _download(name: str, size: int | None = None) -> str:
    details = [_DESCRIPTIONS.get(name, "Stem" if name.startswith("stems/") else "")]
    if size is not None:
        details.append(_human_size(size))
    shown = escape(", ".join(detail for detail in details if detail))
    return f'<li><a href="{escape(quote(name))}" download>{escape(name)}</a> <span>{shown}</span></li>'


def _human_size(size: int) -> str:
    if size < 1_000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1_000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
