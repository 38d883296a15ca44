"""The music as a paid task of a provider: found or submitted, awaited, kept, and fitted to the job."""

from temporalio.exceptions import ActivityError

from activities.fit_music import FitMusic, MusicFitting
from activities.generate_music import GeneratedMusic
from activities.paid_generation import (
    AWAITED,
    DOWNLOADED,
    SUBMITTED,
    FindTask,
    PaidGeneration,
    PayForMusic,
)
from dalsegno.models import MusicJob, ReferenceSong, SceneContext
from workflows.provider_slot import ProviderSlot
from workflows.steps import Steps


async def order_music(
    job: MusicJob,
    scenes: SceneContext | None,
    song: ReferenceSong | None,
    steps: Steps,
    slot: ProviderSlot,
) -> GeneratedMusic:
    """Has the provider make the music, which is paid for once, however often this is done."""
    task = await steps.execute(
        PaidGeneration.find_task,
        FindTask(job_id=job.job_id, provider=job.provider),
        summary="Look for a task that is paid for",
    )
    if task is None:
        await slot.wait(job, steps)
    try:
        if task is None:
            task = await steps.execute(
                PaidGeneration.submit_task,
                PayForMusic(job=job, scene_context=scenes, reference_song=song),
                summary=f"Submit to {job.provider}",
            )
        steps.say(f"{task.provider} makes the music", SUBMITTED)
        await steps.execute(PaidGeneration.await_task, task, summary=f"Wait for task {task.task_id}")
    except ActivityError:
        await slot.look_again(job)
        raise
    await slot.look_again(job)
    steps.say("Downloading the music", AWAITED)
    recording = await steps.execute(PaidGeneration.keep_music, task, summary="Download and keep")
    steps.say("Fitting the music to its length", DOWNLOADED)
    return await steps.execute(
        MusicFitting.fit_music,
        FitMusic(job=job, scene_context=scenes, task=task, music=recording, reference_song=song),
        summary="Fit to length and master",
    )
