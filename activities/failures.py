"""Where errors become failures: the one place that turns what was raised into what Temporal records.

Permanent or temporary is the class of the error; the retry policies know the permanent ones by name. No text of
an unexpected error enters a history, since it may hold an address with a password: the worker's log has it.
"""

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.work.bugs import describe_bug
from activities.work.full_disk import full_disk
from dalsegno.errors import DalSegnoError, InternalError

log = structlog.get_logger(__name__)

# Failures travel with every describe and every retry: a sentence, not a log.
LONGEST_MESSAGE = 2_000


def failure_of(error: Exception) -> ApplicationError:
    """The failure that Temporal records for an error: its type and its sentence, nothing of its causes."""
    if isinstance(error, DalSegnoError):
        return ApplicationError(str(error)[:LONGEST_MESSAGE], type=error.failure_type())
    if full := full_disk(error):
        return ApplicationError(str(full), type=full.failure_type())
    return ApplicationError(describe_bug(error), type=InternalError.__name__)


class _TranslateErrors(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002  (the SDK's name)
        try:
            return await super().execute_activity(input)
        except FailureError:  # already Temporal's own, or a hand-over
            raise
        except Exception as error:
            failure = failure_of(error)
            info = activity.info()
            if failure.type == InternalError.__name__:
                log.exception("activity_bug", activity=info.activity_type, attempt=info.attempt)
            else:
                log.warning(
                    "activity_failed",
                    activity=info.activity_type,
                    attempt=info.attempt,
                    failure_type=failure.type,
                    message=failure.message,
                )
            raise failure from None


class TranslateErrors(Interceptor):
    """Turns the domain errors of every activity into failures with a type."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wraps the activity."""
        return _TranslateErrors(super().intercept_activity(next))
