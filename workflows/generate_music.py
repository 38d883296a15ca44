"""The job, step by step: scenes, reference song, music, upload."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

from activities.analyze_scenes import AnalyzeScenes, SceneAnalysis
from activities.extract_clip import ClipExtraction, ExtractClip
from activities.generate_music import GeneratedMusic, Generation
from activities.generate_music import GenerateMusic as MusicToGenerate
from activities.identify_song import IdentifiedSong, IdentifySong, SongIdentification
from activities.job_records import OpenedJob, RowChange
from activities.publish_music import Publication, PublishedMusic, PublishMusic
from activities.staging import Staging
from activities.work.analysis import AnalyzedScenes
from dalsegno.models import (
    PROVIDERS,
    QUERY_PROGRESS,
    QUERY_STATUS,
    QUERY_STEP,
    SIGNAL_SLOT_GRANTED,
    WORKFLOW_TYPE,
    JobStatus,
    MusicResult,
    ReferenceClip,
    ReferenceSong,
    SceneContext,
)
from workflows.job_input import job_of
from workflows.job_state import JobState
from workflows.paid_task import order_music
from workflows.provider_slot import ProviderSlot
from workflows.reference_song import told_of, with_reference
from workflows.steps import Steps
from workflows.unstoppable import to_its_end


@workflow.defn(name=WORKFLOW_TYPE)
class GenerateMusic:
    """Makes the music for one job and publishes it. When a step fails, the job goes on from that step."""

    def __init__(self) -> None:
        self._slot = ProviderSlot()

    @workflow.run
    async def run(self, given: Any = None) -> MusicResult:
        """Runs the job from end to end. What is given is a `MusicJob`, or the workflow fails at once."""
        self._job = job_of(given)
        self._state = JobState(self._job)
        self._steps = Steps(self._job, self._state)
        try:
            return await self._make_music()
        except FailureError:
            raise
        except Exception as bug:  # noqa: BLE001  (a job with a bug fails with a type and a row like any other)
            self._steps.fail(bug)

    async def _make_music(self) -> MusicResult:
        opened = await self._steps.run("queued", self._open)
        if opened.result:
            return await to_its_end(self._give_back(opened.result))
        scenes = await self._analyze()
        clip = await self._extract()
        song = await self._identify(clip, scenes)
        music = await self._generate(scenes, song)
        published = await self._publish(scenes, song, music, opened.created_at)
        # Once the metadata is there the job is complete: no cancel makes it anything else.
        return await to_its_end(self._complete(music, published, opened.created_at))

    async def _open(self) -> OpenedJob:
        return await self._steps.open(RowChange(status="running", step="queued"))

    async def _give_back(self, result: MusicResult) -> MusicResult:
        self._state.find_done()
        await self._clear_staging()
        return self._close(result)

    async def _analyze(self) -> SceneContext | None:
        material = self._job.material
        if material is None:
            self._state.skip("analyzing", "No transcript and no scenes")
            return None

        async def analyze() -> AnalyzedScenes:
            return await self._steps.execute(
                SceneAnalysis.analyze_scenes,
                AnalyzeScenes(material=material, duration=self._job.request.duration),
                summary="Find the scenes",
            )

        analyzed = await self._steps.run("analyzing", analyze)
        self._state.know_scenes(analyzed.context)
        self._state.note("analyzing", analyzed.notes)
        return analyzed.context

    async def _extract(self) -> ReferenceClip | None:
        if not (self._job.request.youtube_url or self._job.request.reference_audio):
            self._state.skip("extracting", "No reference song")
            return None

        async def extract() -> ReferenceClip:
            return await self._steps.execute(
                ClipExtraction.extract_clip,
                ExtractClip(job=self._job),
                summary="Take a clip of the reference song",
            )

        clip = await self._steps.run("extracting", extract)
        self._state.note("extracting", [f"{clip.seconds:.0f} seconds of it"])
        return clip

    async def _identify(
        self, clip: ReferenceClip | None, scenes: SceneContext | None
    ) -> ReferenceSong | None:
        if clip is None:
            self._state.skip("identifying", "No reference song")
            return None
        mood = self._job.request.mood or (scenes.dominant_mood if scenes else None)

        async def identify() -> IdentifiedSong:
            identified = await self._steps.execute(
                SongIdentification.identify_song,
                IdentifySong(clip=clip, mood=mood),
                summary="Identify the reference song",
            )
            await self._steps.save(with_reference(identified.song))
            return identified

        identified = await self._steps.run("identifying", identify)
        self._state.know_reference(identified.song)
        self._state.note("identifying", [told_of(identified.song), *identified.notes])
        return identified.song

    async def _generate(self, scenes: SceneContext | None, song: ReferenceSong | None) -> GeneratedMusic:
        async def render() -> GeneratedMusic:
            return await self._steps.execute(
                Generation.generate_music,
                MusicToGenerate(job=self._job, scene_context=scenes, reference_song=song),
                summary="Compose, render and master",
            )

        async def order() -> GeneratedMusic:
            return await order_music(self._job, scenes, song, self._steps, self._slot)

        by_task = PROVIDERS.get(self._job.provider) == "task"
        music = await self._steps.run("generating", order if by_task else render)
        self._state.note("generating", music.notes)
        return music

    async def _publish(
        self,
        scenes: SceneContext | None,
        song: ReferenceSong | None,
        music: GeneratedMusic,
        created_at: datetime,
    ) -> PublishedMusic:
        async def publish() -> PublishedMusic:
            return await self._steps.execute(
                Publication.publish_music,
                PublishMusic(
                    job=self._job,
                    music=music,
                    scene_context=scenes,
                    created_at=created_at,
                    reference_song=song,
                ),
                summary="Publish the files",
            )

        return await self._steps.run("uploading", publish)

    async def _complete(
        self, music: GeneratedMusic, published: PublishedMusic, created_at: datetime
    ) -> MusicResult:
        job, objects = self._job, published.objects

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
            await self._clear_staging()

        await self._steps.run("completed", close)
        return self._close(
            MusicResult(
                job_id=job.job_id,
                title=music.title,
                duration=job.request.duration,
                elapsed=(workflow.now() - created_at).total_seconds(),
                provider=job.provider,
                objects=objects,
            )
        )

    async def _clear_staging(self) -> None:
        try:
            await self._steps.execute(
                Staging.clear_staging,
                self._job.job_id,
                summary="Clear the staging",
            )
        except ActivityError:  # the music is there all the same
            workflow.logger.warning("The staging was not cleared", extra={"job_id": self._job.job_id})

    def _close(self, result: MusicResult) -> MusicResult:
        self._state.complete(result)
        self._steps.show()
        return result

    @workflow.signal(name=SIGNAL_SLOT_GRANTED)
    def slot_granted(self, token: str) -> None:
        """The gate of the provider's account has a slot for the job."""
        self._slot.grant(token)

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
