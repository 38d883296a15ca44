"""Step analyzing: what the transcript or the scene plan asks of the music."""

from pathlib import Path

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from activities.processes import run_in_process
from activities.scratch import Scratch
from dalsegno.models import Model, MusicRequest, SceneContext, StoredObject
from dalsegno.ports import ObjectStore, Report


class AnalyzeScenes(Model):
    """Where the request with its segments or scenes lies, and how long the music will be, in seconds."""

    material: StoredObject
    duration: float


class AnalyzedScenes(Model):
    """The scenes, and what is worth telling about how they were found."""

    context: SceneContext
    notes: list[str]


class SceneAnalysis:
    """The activity of the step analyzing."""

    def __init__(self, store: ObjectStore, scratch: Scratch) -> None:
        self._store = store
        self._scratch = scratch

    @activity.defn
    async def analyze_scenes(self, analyzing: AnalyzeScenes) -> AnalyzedScenes:
        """Finds the scenes of the video. Heartbeats; can be cancelled at any time."""
        async with heartbeat() as beating, self._scratch.folder() as folder:
            material = folder / "request.json"
            await self._store.get(analyzing.material.key, material)
            return await unless_shutdown(
                run_in_process(analyze, beating.report, material, analyzing.duration)
            )


def analyze(report: Report, material: Path, duration: float) -> AnalyzedScenes:
    """Analyses the request that lies in a file. CPU-bound."""
    from dalsegno import scenes  # noqa: PLC0415  (only the process that does the work needs it)

    request = MusicRequest.model_validate_json(material.read_bytes())
    if request.scenes:
        analysis = scenes.context_of_plan(request.scenes, duration)
    else:
        analysis = scenes.analyze(request.segments, duration, report)
    return AnalyzedScenes(context=analysis.context, notes=analysis.notes)
