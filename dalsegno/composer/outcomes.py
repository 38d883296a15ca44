"""What became of each wish, once the piece is there: no report says more than the notes bear out."""

from dataclasses import replace

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.prompt import Wishes
from dalsegno.composer.score import InstrumentReport, Part, PromptReport
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
    reference_bpm = brief.reference.bpm if brief.reference else None
    reasons: dict[str, list[tuple[object, str]]] = {
        "mood": [
            (brief.scenes, "The moods of the scenes go first."),
            (brief.mood, "The mood that was asked for goes first."),
        ],
        "tempo": [
            (wishes.bpm, "The tempo in numbers goes first."),
            (reference_bpm, "The reference song's tempo goes first."),
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
    reference = brief.reference
    found = []
    if reference and reference.bpm:
        words = f"{reference.bpm:g} bpm"
        if wishes.bpm:
            found.append(PromptReport(words, "ignored", "The prompt's tempo goes first.", "bpm"))
        elif reference.bpm > 0:
            found.append(PromptReport(words, "honoured", "The tempo is the reference song's.", "bpm"))
    if reference and reference.key:
        if wishes.key:
            found.append(PromptReport(reference.key, "ignored", "The prompt's key goes first.", "key"))
        elif parse_key(reference.key):
            found.append(PromptReport(reference.key, "honoured", "The key is the reference song's.", "key"))
        else:
            found.append(PromptReport(reference.key, "ignored", "This is no key that is known here.", "key"))
    return found
