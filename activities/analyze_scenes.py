"""Step analyzing: what the transcript or the scene plan asks of the music."""

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from activities.processes import run_in_process
from activities.scratch import Scratch
from activities.work.analysis import AnalyzedScenes, analyze
from dalsegno.models import Model, StoredObject
from dalsegno.ports import ObjectStore


class AnalyzeScenes(Model):
    """Where the request with its segments or scenes lies, and how long the music will be, in seconds."""

    material: StoredObject
    duration: float


class SceneAnalysis:
    """The activity of the step analyzing."""

    def __init__(self, store: ObjectStore, scratch: Scratch) -> None:
        self._store = store
        self._scratch = scratch

    @activity.defn
    async def analyze_scenes(self, analyzing: AnalyzeScenes) -> AnalyzedScenes:
        """Finds the scenes of the video. Heartbeats; can be cancelled at any time."""
        async with heartbeat() as beating, self._scratch.folder() as folder:

            async def work() -> AnalyzedScenes:
                material = folder / "request.json"
                await self._store.get(analyzing.material.key, material)
                return await run_in_process(analyze, beating.report, material, analyzing.duration)

            return await unless_shutdown(work())
