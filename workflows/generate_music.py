"""The job, step by step: scenes, music, upload."""

from temporalio import workflow

from activities.analyze_scenes import AnalyzedScenes, AnalyzeScenes, SceneAnalysis
from activities.generate_music import GeneratedMusic, Generation
from activities.generate_music import GenerateMusic as MusicToGenerate
from activities.job_records import JobRecording, OpenJob, RowChange
from activities.publish_music import Publication, PublishedMusic, PublishMusic
from activities.staging import Staging
from dalsegno.models import (
    QUERY_PROGRESS,
    QUERY_STATUS,
    QUERY_STEP,
    WORKFLOW_TYPE,
    JobStatus,
    MusicJob,
    MusicResult,
    SceneContext,
)
from workflows.job_state import JobState
from workflows.steps import Steps


@workflow.defn(name=WORKFLOW_TYPE)
class GenerateMusic:
    """Makes the music for one job and publishes it. When a step fails, the job goes on from that step."""

    @workflow.init
    def __init__(self, job: MusicJob) -> None:
        self._job = job
        self._state = JobState(job)

    @workflow.run
    async def run(self, job: MusicJob) -> MusicResult:
        """Runs the job from end to end."""
        self._started_at = workflow.now()
        self._steps = Steps(job, self._state)
        earlier = await self._steps.run("queued", self._open)
        if earlier:
            self._state.complete(earlier)
            return earlier
        scenes = await self._analyze()
        self._state.skip("extracting", "No reference song")
        self._state.skip("identifying", "No reference song")
        music = await self._generate(scenes)
        published = await self._publish(scenes, music)
        return await self._complete(music, published)

    async def _open(self) -> MusicResult | None:
        opening = OpenJob(job=self._job, run_id=workflow.info().run_id, at=workflow.now())
        return await workflow.execute_activity_method(
            JobRecording.open_job, opening, summary="Open the job's row", **self._steps.options("open_job")
        )

    async def _analyze(self) -> SceneContext | None:
        material = self._job.material
        if material is None:
            self._state.skip("analyzing", "No transcript and no scenes")
            return None

        async def analyze() -> AnalyzedScenes:
            return await workflow.execute_activity_method(
                SceneAnalysis.analyze_scenes,
                AnalyzeScenes(material=material, duration=self._job.request.duration),
                summary="Find the scenes",
                **self._steps.options("analyze_scenes"),
            )

        analyzed = await self._steps.run("analyzing", analyze)
        self._state.know_scenes(analyzed.context)
        self._state.note("analyzing", analyzed.notes)
        return analyzed.context

    async def _generate(self, scenes: SceneContext | None) -> GeneratedMusic:
        async def generate() -> GeneratedMusic:
            return await workflow.execute_activity_method(
                Generation.generate_music,
                MusicToGenerate(job=self._job, scene_context=scenes),
                summary="Compose, render and master",
                **self._steps.options("generate_music"),
            )

        music = await self._steps.run("generating", generate)
        self._state.note("generating", music.notes)
        return music

    async def _publish(self, scenes: SceneContext | None, music: GeneratedMusic) -> PublishedMusic:
        async def publish() -> PublishedMusic:
            return await workflow.execute_activity_method(
                Publication.publish_music,
                PublishMusic(job=self._job, music=music, scene_context=scenes, created_at=self._started_at),
                summary="Publish the files",
                **self._steps.options("publish_music"),
            )

        return await self._steps.run("uploading", publish)

    async def _complete(self, music: GeneratedMusic, published: PublishedMusic) -> MusicResult:
        job, objects = self._job, published.objects
        result = MusicResult(
            job_id=job.job_id,
            title=music.title,
            duration=job.request.duration,
            elapsed=(workflow.now() - self._started_at).total_seconds(),
            provider=job.provider,
            objects=objects,
        )

        async def close() -> None:
            await self._steps.save(
                RowChange(
                    status="completed",
                    step="completed",
                    title=music.title,
                    r2_key=objects["master.wav"].key,
                    r2_preview_key=objects["preview.mp3"].key,
                    file_size_bytes=objects["master.wav"].bytes,
                    audio_duration_seconds=job.request.duration,
                    completed_at=workflow.now(),
                )
            )
            await workflow.execute_activity_method(
                Staging.clear_staging,
                job.job_id,
                summary="Clear the staging",
                **self._steps.options("clear_staging"),
            )

        await self._steps.run("completed", close)
        self._state.complete(result)
        workflow.set_current_details(self._state.details())
        return result

    @workflow.query(name=QUERY_STEP)
    def step(self) -> str:
        """The step that the job is in."""
        return self._state.document.step

    @workflow.query(name=QUERY_PROGRESS)
    def progress(self) -> float:
        """How far the job is, 0..100."""
        return self._state.document.progress

    @workflow.query(name=QUERY_STATUS)
    def status(self) -> JobStatus:
        """The status document."""
        return self._state.document
