# ruff: noqa: PLC0415 - the composer is slow to load: a worker names its providers, its processes use them
"""The built-in composer as a provider."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dalsegno.models import MusicBrief
from dalsegno.ports import RenderedMusic, Report

if TYPE_CHECKING:
    from dalsegno.composer.score import Score

COMPOSED, RENDERED, MASTERED = 0.03, 0.75, 1.0
RAW_FOLDER = ".raw"


class BuiltinComposer:
    """Composes, renders and masters on this machine; needs no key and no network."""

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """Writes master, preview, score, cue sheet and, if asked for, stems into `folder`.

        Raises:
            InvalidRequest: if the duration is not between 5 and 600 seconds.
        """
        from dalsegno.composer import compose, master, render
        from dalsegno.composer.cues import cue_sheet, write_cue_sheet
        from dalsegno.composer.midi import write_midi
        from dalsegno.composer.render import MIX

        report(0.0, "Writing the music")
        score = compose(brief)
        raw = folder / RAW_FOLDER
        raw.mkdir(parents=True, exist_ok=True)
        try:
            rendered = render(
                score,
                raw,
                lambda done, words: report(COMPOSED + (RENDERED - COMPOSED) * done, words),
                stems=brief.stems,
            )
            mastering = master(
                score,
                rendered,
                folder,
                lambda done, words: report(RENDERED + (MASTERED - RENDERED) * done, words),
            )
        finally:
            shutil.rmtree(raw, ignore_errors=True)
        stems = [name for name in rendered.files if name != MIX]
        write_midi(score, folder / "score.mid")
        write_cue_sheet(cue_sheet(score, mastering, stems), folder / "cue-sheet.json")
        report(1.0, "The music is ready")
        files = ["master.wav", "preview.mp3", "score.mid", "cue-sheet.json"]
        return RenderedMusic(score.title, files + [f"stems/{name}.wav" for name in stems], notes(score))


def notes(score: "Score") -> list[str]:
    """What a user should know: instruments that were not played as they were asked for."""
    return [f"{report.asked}: {report.note}" for report in score.instruments if report.status != "honoured"]
