"""Step extracting: a clip of the reference song, out of a YouTube video or of the audio file that came with the job."""

from temporalio import activity

from activities.heartbeat import heartbeat, unless_shutdown
from activities.processes import bad_luck
from activities.scratch import Scratch
from activities.staging import stage_file
from dalsegno.errors import InvalidRequest, ProcessEndedError
from dalsegno.models import Model, MusicJob, ReferenceClip, staging_prefix
from dalsegno.ports import ClipSource, LocalClip, ObjectStore


class ExtractClip(Model):
    """The job, which names a video or has an audio file."""

    job: MusicJob


class ClipExtraction:
    """The activity of the step extracting."""

    def __init__(self, store: ObjectStore, scratch: Scratch, clips: ClipSource) -> None:
        self._store = store
        self._scratch = scratch
        self._clips = clips

    @activity.defn
    async def extract_clip(self, extracting: ExtractClip) -> ReferenceClip:
        """Takes the clip and stages it. Heartbeats; can be cancelled at any time.

        Raises:
            SourceUnavailable, UnsupportedSource, SourceThrottled: as the source answers, or as the file is.
            InvalidRequest: the job was not started by our own client: its file is not its own, or it has none.
        """
        job = extracting.job
        async with (
            heartbeat() as beating,
            self._scratch.folder() as folder,
            self._scratch.folder() as of_clip,
        ):

            async def take() -> LocalClip:
                if job.request.youtube_url:
                    return await self._clips.of_video(job.request.youtube_url, of_clip, beating.report)
                if job.reference_audio is None or not job.reference_audio.key.startswith(
                    staging_prefix(job.job_id)
                ):
                    raise InvalidRequest("The job's reference audio is not in its staging.")
                audio = folder / "reference"
                await self._store.get(job.reference_audio.key, audio)
                return await self._clips.of_file(audio, of_clip, beating.report)

            async def extract() -> ReferenceClip:
                # A store that is away is met here, before the work that couldn't be kept.
                await self._store.stat(staging_prefix(job.job_id) + "clip.wav")
                try:
                    clip = await take()
                except ProcessEndedError as error:
                    raise bad_luck(str(error)) from None
                stored = await stage_file(self._store, job.job_id, "clip.wav", clip.path)
                return ReferenceClip(clip=stored, seconds=clip.seconds, title=clip.title, artist=clip.artist)

            return await unless_shutdown(extract())
