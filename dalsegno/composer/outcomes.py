"""What became of each wish, once the piece is there: no report says more than the notes bear out."""

import math
from dataclasses import replace

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.prompt import FASTEST_BPM, SLOWEST_BPM, Wishes
from dalsegno.composer.score import InstrumentReport, Part, PromptReport, Status
from dalsegno.composer.theory import Key, parse_key
from dalsegno.models import MusicBrief


def heard(report: InstrumentReport, parts: tuple[Part, ...]) -> InstrumentReport:
    """The report on an instrument as the parts bear it out."""
    if not report.played:
        return report
    playing = {part.instrument for part in parts}
    sounding = tuple(name for name in report.played if name in playing)
    if sounding == report.played:
        return report
    if not sounding:
        return replace(report, status="ignored", played=(), note="It found no place in this piece.")
    missing = ", ".join(name for name in report.played if name not in playing)
    return replace(report, status="substituted", played=sounding, note=f"No place was found for {missing}.")


def settled(
    wishes: Wishes, brief: MusicBrief, home: Key, parts: tuple[Part, ...], *, scenes: int
) -> list[PromptReport]:
    """The reports on the prompt, put right where something else went before it.

    Args:
        wishes: what was read of the prompt.
        brief: what else was asked for.
        home: the piece's key.
        parts: its notes.
        scenes: how many scenes it has.
    """
    return [
        replace(report, status="ignored", effect=reason)
        if report.status != "ignored" and (reason := overruled(report, wishes, brief, home, parts, scenes))
        else report
        for report in wishes.reports
    ]


def overruled(
    report: PromptReport,
    wishes: Wishes,
    brief: MusicBrief,
    home: Key,
    parts: tuple[Part, ...],
    scenes: int,
) -> str:
    """Why some words of the prompt count for nothing; "" where they count."""
    playing = {part.instrument for part in parts}
    sounding = sorted((playing | {part.stem for part in parts}) & set(report.subjects))
    others = sorted(name for name in playing if name in CATALOGUE)
    referred = brief.reference is not None and 0 < (brief.reference.bpm or 0.0) < math.inf
    reasons: dict[str, list[tuple[object, str]]] = {
        "mood": [
            (brief.scenes, "The moods of the scenes go first."),
            (brief.mood, "The mood that was asked for goes first."),
        ],
        "tempo": [
            (wishes.bpm, "The tempo in numbers goes first."),
            (referred, "The reference song's tempo goes first."),
        ],
        "gender": [(wishes.minor != home.is_minor, f"The key is {home.name}, as was asked for.")],
        "growth": [(scenes > 1, "The energies of the scenes go first.")],
        "instrument": [(not playing.issuperset(report.subjects), "It found no place in this piece.")],
        "without": [(sounding, f"It was asked for by name: {', '.join(sounding)}.")],
        "only": [(len(others) > len(wishes.instruments), f"All these were asked for: {', '.join(others)}.")],
    }
    return next((reason for applies, reason in reasons.get(report.topic, []) if applies), "")


def of_reference(brief: MusicBrief, wishes: Wishes) -> list[PromptReport]:
    """What became of the reference song's tempo and key."""
    if not brief.reference:
        return []
    bpm, key = brief.reference.bpm, brief.reference.key
    found = []
    if bpm is not None:
        status, effect = of_tempo(bpm, wishes)
        found.append(PromptReport(f"{bpm:g} bpm", status, effect, "bpm"))
    if key:
        status, effect = of_key(key, wishes)
        found.append(PromptReport(key, status, effect, "key"))
    return found


def of_tempo(bpm: float, wishes: Wishes) -> tuple[Status, str]:
    """What became of a reference song's tempo."""
    if wishes.bpm:
        return "ignored", "The prompt's tempo goes first."
    if not 0 < bpm < math.inf:
        return "ignored", "This is no tempo."
    if SLOWEST_BPM <= bpm <= FASTEST_BPM:
        return "honoured", "The tempo is the reference song's."
    return "substituted", "The reference song's tempo is counted at half or double speed."


def of_key(key: str, wishes: Wishes) -> tuple[Status, str]:
    """What became of a reference song's key."""
    if wishes.key:
        return "ignored", "The prompt's key goes first."
    if parse_key(key):
        return "honoured", "The key is the reference song's."
    return "ignored", "This is no key that is known here."
