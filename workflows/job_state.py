"""Where a job is, as the workflow knows it: the status document and the details that the Web UI shows."""

import re
from datetime import datetime

from dalsegno.models import (
    STEP_SPANS,
    STEPS,
    Failure,
    JobStatus,
    MusicJob,
    MusicResult,
    ReferenceSong,
    SceneContext,
    Step,
    StepStatus,
)
from workflows.reference_song import told_of

DOING: dict[Step, str] = {
    "queued": "Waiting for a worker",
    "analyzing": "Finding the scenes",
    "extracting": "Fetching the reference song",
    "identifying": "Identifying the reference song",
    "generating": "Making the music",
    "uploading": "Publishing the music",
    "completed": "Closing the job",
}


class JobState:
    """The state of one job, changed by the steps as they go. Holds no clock: times are handed in."""

    def __init__(self, job: MusicJob) -> None:
        self._job = job
        self._status: JobStatus = JobStatus(
            job_id=job.job_id,
            customer_id=job.request.customer_id,
            status="running",
            step="queued",
            progress=0,
            message=DOING["queued"],
            steps=[StepStatus(name=step, state="pending") for step in STEPS],
        )

    @property
    def document(self) -> JobStatus:
        """The status document of the contract."""
        return self._status

    def begin(self, step: Step, at: datetime) -> None:
        """A step begins, or begins again."""
        self._set_step(step, state="running", started_at=at, finished_at=None, note=None)
        self._set(
            status="running",
            step=step,
            message=DOING[step],
            progress=max(self._status.progress, STEP_SPANS[step][0]),
            failure=None,
        )

    def finish(self, step: Step, at: datetime) -> None:
        """A step is done."""
        self._set_step(step, state="done", finished_at=at)
        self._set(progress=max(self._status.progress, STEP_SPANS[step][1]))

    def note(self, step: Step, notes: list[str]) -> None:
        """Something worth knowing about a step."""
        self._set_step(step, note=" ".join(notes) or None)

    def say(self, message: str, fraction: float) -> None:
        """What the step is doing, in words, and how far it is, 0..1."""
        start, end = STEP_SPANS[self._status.step]
        reached = start + (end - start) * fraction
        self._set(message=message, progress=max(self._status.progress, round(reached, 1)))

    def skip(self, step: Step, note: str) -> None:
        """The job doesn't need a step."""
        self._set_step(step, state="skipped", note=note)

    def fail(self, failure: Failure, at: datetime) -> None:
        """The job has failed in a step."""
        self._set_step(failure.step, state="failed", finished_at=at, note=failure.message)
        self._set(status="failed", failure=failure, message=failure.message)

    def cancel(self, at: datetime) -> None:
        """The job was cancelled in the step that it is in."""
        self._set_step(self._status.step, state="failed", finished_at=at, note="Cancelled")
        self._set(status="cancelled", message="Cancelled")

    def know_scenes(self, context: SceneContext) -> None:
        """The scenes were found."""
        self._set(scene_context=context)

    def know_reference(self, song: ReferenceSong) -> None:
        """The reference song was identified, as far as it could be."""
        self._set(reference_song=song)

    def find_done(self) -> None:
        """The job was completed long ago: nothing is to be done again."""
        for step in self._status.steps:
            if step.state == "pending":
                self.skip(step.name, "Done before")

    def complete(self, result: MusicResult) -> None:
        """The music is there."""
        self._set(
            status="completed",
            step="completed",
            progress=100,
            result=result,
            message=f"“{result.title}” is ready",
        )

    def details(self) -> str:
        """The job for people, in Markdown, as Temporal's Web UI shows it."""
        status, request = self._status, self._job.request
        lines = [f"### {self._told(status.message)}", ""]
        lines += [
            f"**Step** {status.step} · **progress** {status.progress:.0f} % · **customer** {request.customer_id}",
            "",
        ]
        lines += [
            f"- {_MARKS[step.state]} {step.name}{f': {self._told(step.note)}' if step.note else ''}"
            for step in status.steps
        ]
        if context := status.scene_context:
            mood, energy = context.dominant_mood, context.average_energy
            lines += ["", f"**Scenes** {context.scene_count}, mostly {mood}, energy {energy:.0f}", ""]
            lines += [_escaped(context.summary)]
        if song := status.reference_song:
            lines += ["", _escaped(told_of(song))]
        if status.result:
            lines += ["", "**Published**", ""]
            lines += [f"- `{item.key}`" for item in status.result.objects.values()]
        if status.failure and status.failure.reset_command:
            lines += ["", "**To go on from here**", "", f"`{status.failure.reset_command}`"]
        return "\n".join(lines)

    def _told(self, text: str) -> str:
        """A text within Markdown. The reset command stands in it once, as code: prose would turn its dashes."""
        failure = self._status.failure
        if failure and failure.reset_command and text == failure.message:
            text = text.removesuffix(failure.reset_command) + "see below"
        return _escaped(text)

    def _set(self, **changes: object) -> None:
        self._status = self._status.model_copy(update=changes)

    def _set_step(self, name: Step, **changes: object) -> None:
        steps = [
            step.model_copy(update=changes) if step.name == name else step for step in self._status.steps
        ]
        self._set(steps=steps)


def _escaped(text: str) -> str:
    """The text with Markdown's signs made harmless: names of instruments and titles come from outside."""
    return re.sub(r"([\\`*_{}\[\]<>()#!|~])", r"\\\1", text)


_MARKS = {"pending": "○", "running": "▶", "done": "✓", "skipped": "-", "failed": "✗"}
