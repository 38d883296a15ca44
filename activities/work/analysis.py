"""Finding the scenes: what the process of a job's transcript or scene plan does."""

from pathlib import Path

from dalsegno.models import Model, MusicRequest, SceneContext
from dalsegno.ports import Report


class AnalyzedScenes(Model):
    """The scenes, and what is worth telling about how they were found."""

    context: SceneContext
    notes: list[str]


def analyze(report: Report, material: Path, duration: float) -> AnalyzedScenes:
    """Analyses the request that lies in a file. CPU-bound."""
    from dalsegno import scenes  # noqa: PLC0415  (only the process that does the work needs it)

    request = MusicRequest.model_validate_json(material.read_bytes())
    if request.scenes:
        analysis = scenes.context_of_plan(request.scenes, duration)
    else:
        analysis = scenes.analyze(request.segments, duration, report)
    return AnalyzedScenes(context=analysis.context, notes=analysis.notes)
