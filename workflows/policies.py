"""The one table: time-outs, heartbeat and retries of every activity, with the reason beside each value."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

from dalsegno.errors import PERMANENT_TYPES
from dalsegno.models import CPU_TASK_QUEUE, REFERENCE_TASK_QUEUE, SUBMIT_TASK_QUEUE

# What no policy retries: our permanent failures, and an oversized result, which the SDK names itself.
NON_RETRYABLE = [*PERMANENT_TYPES, "PayloadsTooLarge"]

# The job as a whole, from its start or from its last reset. Long enough for a day's backlog.
JOB_DEADLINE = timedelta(hours=24)


class ActivityOptions(TypedDict):
    """The keyword arguments of `workflow.execute_activity_method` that a policy decides."""

    task_queue: str | None
    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta | None
    retry_policy: RetryPolicy
    cancellation_type: ActivityCancellationType


@dataclass(frozen=True)
class Policy:
    """How one kind of activity is bounded and retried.

    Attributes:
        attempt: the longest that one attempt may take.
        total: the longest that all attempts and waits together may take.
        heartbeat: silence after which a worker counts as dead; None for attempts shorter than such a silence.
        first_wait: before the second attempt; None takes the job's `retry_initial_seconds`.
        longest_wait: waits double from the first up to this.
        task_queue: where the work waits; None is the workflow's own queue, for what takes no CPU.
    """

    attempt: timedelta
    total: timedelta
    heartbeat: timedelta | None
    first_wait: timedelta | None
    longest_wait: timedelta
    task_queue: str | None = None

    def options(self, retry_initial_seconds: float = 5.0) -> ActivityOptions:
        """The arguments for `workflow.execute_activity_method`."""
        first_wait = self.first_wait or timedelta(seconds=retry_initial_seconds)
        return ActivityOptions(
            task_queue=self.task_queue,
            start_to_close_timeout=self.attempt,
            schedule_to_close_timeout=self.total,
            heartbeat_timeout=self.heartbeat,
            retry_policy=RetryPolicy(
                initial_interval=first_wait,
                backoff_coefficient=2.0,
                maximum_interval=max(self.longest_wait, first_wait),
                non_retryable_error_types=NON_RETRYABLE,
            ),
            # The job goes on at once; a worker that is slow to notice writes nothing that matters.
            cancellation_type=ActivityCancellationType.TRY_CANCEL,
        )


# A row is written in milliseconds: an attempt that takes longer died with its worker, and without a
# heartbeat only this time-out tells. A database that is away delays the job for up to half an hour.
RECORD = Policy(
    attempt=timedelta(seconds=10),
    total=timedelta(minutes=30),
    heartbeat=None,
    first_wait=timedelta(milliseconds=500),
    longest_wait=timedelta(seconds=15),
)

# An attempt that was lost with its worker counts like any other. Where workers are lost again and again (machines that
# are taken away, say), what takes longest loses most attempts, and must not stand still for ever longer.
LOST_WORKER_WAIT = timedelta(seconds=10)

# Half an hour covers the embedding of a day of speech several times over. The total holds the wait for a free core as
# well, and a backlog must fail nobody: so it is the job's own time.
ANALYZE = Policy(
    attempt=timedelta(minutes=30),
    total=JOB_DEADLINE,
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(seconds=1),
    longest_wait=LOST_WORKER_WAIT,
    task_queue=CPU_TASK_QUEUE,
)

# A clip comes within seconds; the activity itself gives up after some minutes. Where YouTube limits a machine, it does
# so for up to an hour, which the waits outlast.
EXTRACT = Policy(
    attempt=timedelta(minutes=10),
    total=timedelta(hours=3),
    heartbeat=timedelta(seconds=10),
    first_wait=None,
    longest_wait=timedelta(minutes=15),
    task_queue=REFERENCE_TASK_QUEUE,
)

# Seconds of work, and waits for the service that recognises songs, which the activity itself ends.
IDENTIFY = Policy(
    attempt=timedelta(minutes=10),
    total=timedelta(hours=3),
    heartbeat=timedelta(seconds=10),
    first_wait=None,
    longest_wait=timedelta(seconds=60),
    task_queue=REFERENCE_TASK_QUEUE,
)

# Rendering ten minutes of music takes about one. No limit of attempts but of time: a render is our own work,
# costs nothing to repeat, and an attempt is also lost whenever a worker is ended or the store is away. Whoever is back
# after an outage is not to wait for minutes: an attempt begins by asking whether the store is there.
RENDER = Policy(
    attempt=timedelta(minutes=30),
    total=JOB_DEADLINE,  # with the wait for a free core, as above
    heartbeat=timedelta(seconds=10),
    first_wait=None,
    longest_wait=LOST_WORKER_WAIT,
    task_queue=CPU_TASK_QUEUE,
)

# One exchange, and waits: in its queue, and where the provider is busy. Nothing is paid by trying again: the ledger
# sees to that.
SUBMIT = Policy(
    attempt=timedelta(seconds=90),
    total=timedelta(minutes=30),
    heartbeat=timedelta(seconds=10),
    first_wait=None,
    longest_wait=timedelta(seconds=300),
    task_queue=SUBMIT_TASK_QUEUE,
)

# The activity itself gives up a little earlier, and says so by its type. Failed looks are tried again soon.
AWAIT = Policy(
    attempt=timedelta(minutes=32),
    total=timedelta(minutes=32),
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(seconds=30),
)

# A few ten MB, again from the beginning if the line breaks.
DOWNLOAD = Policy(
    attempt=timedelta(minutes=10),
    total=timedelta(hours=1),
    heartbeat=timedelta(seconds=10),
    first_wait=None,
    longest_wait=timedelta(seconds=60),
)

# Copies within the store: seconds, unless store or database are away.
PUBLISH = Policy(
    attempt=timedelta(minutes=30),
    total=timedelta(hours=2),
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(seconds=30),
)

# A few questions to the provider. Who asks is a person who waits, or the gate, which looks again soon anyway.
QUESTION = Policy(
    attempt=timedelta(minutes=1),
    total=timedelta(minutes=2),
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(seconds=15),
)

# A history is deleted within seconds, in the server's own time; whoever deletes waits until it is gone.
DELETION = Policy(
    attempt=timedelta(minutes=5),
    total=timedelta(minutes=30),
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(milliseconds=500),
    longest_wait=timedelta(seconds=15),
)

# A round through rows, runs or staging: seconds. The next one comes soon anyway, and does what this one couldn't.
ROUND = Policy(
    attempt=timedelta(minutes=15),
    total=timedelta(minutes=15),
    heartbeat=timedelta(seconds=10),
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(seconds=30),
)

# Old runs are deleted on the way of a job that goes on. What can't be done at once is left to the housekeeping.
TIDYING = Policy(
    attempt=timedelta(seconds=10),
    total=timedelta(seconds=30),
    heartbeat=None,
    first_wait=timedelta(milliseconds=500),
    longest_wait=timedelta(seconds=15),
)

POLICIES = {
    "open_job": RECORD,
    "save_job": RECORD,
    "analyze_scenes": ANALYZE,
    "extract_clip": EXTRACT,
    "identify_song": IDENTIFY,
    "generate_music": RENDER,
    "find_task": RECORD,
    "request_slot": RECORD,
    "free_slots": QUESTION,
    "submit_task": SUBMIT,
    "await_task": AWAIT,
    "keep_music": DOWNLOAD,
    "fit_music": RENDER,
    "publish_music": PUBLISH,
    "clear_staging": PUBLISH,
    "take_up_again": RECORD,
    "forget_superseded_runs": TIDYING,
    "adopt_task": QUESTION,
    "payment_in_doubt": RECORD,
    "order_payment": RECORD,
    "mark_discarded": RECORD,
    "forget_job": DELETION,
    "forgotten_jobs": RECORD,
    "reconcile_rows": ROUND,
    "reconcile_runs": ROUND,
    "sweep_staging": ROUND,
}
