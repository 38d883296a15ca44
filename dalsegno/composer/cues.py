"""The cue sheet: what happens when, and what became of each wish."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dalsegno.composer.score import PromptReport, Score
from dalsegno.mastering.master import Mastering
from dalsegno.models import SAMPLE_RATE

VERSION = 1


def cue_sheet(score: Score, mastering: Mastering, stems: list[str]) -> dict[str, Any]:
    """The cue sheet as it is written to `cue-sheet.json`."""
    return {
        "version": VERSION,
        "title": score.title,
        "duration": score.duration,
        "sample_rate": SAMPLE_RATE,
        "seed": score.seed,
        "key": score.key,
        "mood": score.mood,
        "tempo_map": [
            {"time": round(mark.time, 6), "bar": mark.bar, "bpm": round(mark.bpm, 4)}
            for mark in score.tempo_map
        ],
        "bars": [round(bar.start, 6) for bar in score.bars],
        "sections": [
            {
                "name": section.name,
                "start": round(section.start, 6),
                "end": round(section.end, 6),
                "mood": section.mood,
                "energy": section.energy,
                "key": section.key,
                "instruments": list(section.instruments),
            }
            for section in score.sections
        ],
        "cues": [asdict(cue) | {"instruments": list(cue.instruments)} for cue in score.cues],
        "instruments": [asdict(report) | {"played": list(report.played)} for report in score.instruments],
        "prompt": [outcome(report) for report in score.prompt],
        "reference": [outcome(report) for report in score.reference],
        "mastering": asdict(mastering),
        "stems": {
            "files": [f"stems/{name}.wav" for name in stems],
            "sum": (
                "The stems add up to the master before mastering: their sum, turned up by "
                f"{mastering.gain_db - mastering.stems_gain_db:.3f} dB, is what went into the limiter."
            )
            if stems
            else "",
        },
    }


def outcome(report: PromptReport) -> dict[str, str]:
    """What became of some words, as the cue sheet says it."""
    return {"words": report.words, "status": report.status, "effect": report.effect, "topic": report.topic}


def write_cue_sheet(sheet: dict[str, Any], path: Path) -> None:
    """Writes a cue sheet: UTF-8, keys in order, the same bytes for the same content."""
    path.write_text(json.dumps(sheet, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
