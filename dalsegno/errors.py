"""All that can go wrong, as classes: who raises decides whether trying again can help.

DalSegnoError
├── PermanentError: the same call would fail again
│   ├── InvalidRequest          the request breaks a rule; nothing was started
│   ├── ContentPolicyViolation  a provider refuses the content
│   ├── QuotaExceeded           a provider's quota is used up
│   ├── InsufficientCredits     a provider wants money first
│   ├── AuthenticationFailed    a provider refuses the key
│   ├── AccountSuspended        a provider has closed the account
│   ├── SourceUnavailable       the reference song is private, removed or blocked
│   ├── UnsupportedSource       the reference is not something music can be taken from
│   ├── SubmissionUnknown       a paid request was sent and its answer lost
│   ├── GenerationRejected      the provider's task ended without music
│   ├── StorageDenied           the object store refuses for good
│   │   ├── ObjectMissing       no object has this key
│   │   └── ObjectExists        a key that is written once is taken by other content
│   ├── PayloadTooLarge         something is larger than may travel through Temporal
│   └── InternalError           a bug
└── TemporaryError: trying again later can help
    ├── ProviderBusy            a provider asks to slow down
    ├── ProviderUnavailable     a provider does not answer, or answers with a fault of its own
    ├── GenerationTimedOut      the provider's task took too long
    ├── DownloadFailed          a result could not be fetched whole
    ├── SourceThrottled         the reference's site asks to come back later
    ├── StorageUnavailable      the object store does not answer
    ├── DatabaseUnavailable     the database does not answer
    ├── StepTimedOut            a step used up its time
    └── JobTimedOut             the job used up its time
"""


class DalSegnoError(Exception):
    """Base of all errors that have a meaning to users."""

    @classmethod
    def failure_type(cls) -> str:
        """The name under which a job fails with this error: one of `FAILURE_TYPES`.

        Refinements (ObjectMissing, say) fail under the name of the contract's type that they refine.
        """
        for ancestor in cls.__mro__:
            if PermanentError in ancestor.__bases__ or TemporaryError in ancestor.__bases__:
                return ancestor.__name__
        raise TypeError(f"{cls.__name__} is neither a permanent nor a temporary error")


class PermanentError(DalSegnoError):
    """The same call would fail again."""


class TemporaryError(DalSegnoError):
    """Trying again later can help."""


class InvalidRequest(PermanentError):
    """The request breaks a rule; nothing was started.

    Attributes:
        mistakes: one sentence a mistake.
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes = mistakes


class ContentPolicyViolation(PermanentError):
    """A provider refuses the content."""


class QuotaExceeded(PermanentError):
    """A provider's quota is used up."""


class InsufficientCredits(PermanentError):
    """A provider wants money first."""


class AuthenticationFailed(PermanentError):
    """A provider refuses the key."""


class AccountSuspended(PermanentError):
    """A provider has closed the account."""


class SourceUnavailable(PermanentError):
    """The reference song is private, removed or blocked."""


class UnsupportedSource(PermanentError):
    """The reference is not something that music can be taken from."""


class SubmissionUnknown(PermanentError):
    """A paid request was sent and its answer lost: only a person can decide what comes next."""


class GenerationRejected(PermanentError):
    """The provider's task ended without music."""


class TaskGone(GenerationRejected):
    """The provider knows no such task, or keeps its music no longer; so it answers also before it knows it."""


class StorageDenied(PermanentError):
    """The object store refuses for good."""


class ObjectMissing(StorageDenied):
    """No object has this key."""


class ObjectExists(StorageDenied):
    """A key that is written once is taken by other content."""


class PayloadTooLarge(PermanentError):
    """Something is larger than may travel through Temporal."""


class InternalError(PermanentError):
    """A bug."""


class ProviderBusy(TemporaryError):
    """A provider asks to slow down."""


class ProviderUnavailable(TemporaryError):
    """A provider does not answer, or answers with a fault of its own."""


class GenerationTimedOut(TemporaryError):
    """The provider's task took too long."""


class DownloadFailed(TemporaryError):
    """A result could not be fetched whole."""


class SourceThrottled(TemporaryError):
    """The reference's site asks to come back later."""


class StorageUnavailable(TemporaryError):
    """The object store does not answer."""


class DatabaseUnavailable(TemporaryError):
    """The database does not answer."""


class StepTimedOut(TemporaryError):
    """A step used up its time."""


class JobTimedOut(TemporaryError):
    """The job used up its time."""


class SettingsError(Exception):
    """A setting is missing or wrong: the program that needs it ends at its start with this sentence."""


class UnreachableError(Exception):
    """Temporal, the object store or the database can't be reached from here."""


class StackError(UnreachableError):
    """The embedded stack could not start, or a part of it has ended."""


class JobEndedError(Exception):
    """The job ended without music: it failed or was cancelled. The message says why."""


class ProcessEndedError(Exception):
    """A process that worked for this one ended before it was done: it crashed, or was killed from outside."""


class NoSuchJobError(Exception):
    """No job has this id."""


# How a job is listed that was terminated from outside: no error of ours, but a failure that somebody caused.
TERMINATED = "Terminated"

PERMANENT_TYPES = tuple(error.__name__ for error in PermanentError.__subclasses__())
TEMPORARY_TYPES = tuple(error.__name__ for error in TemporaryError.__subclasses__())
FAILURE_TYPES = PERMANENT_TYPES + TEMPORARY_TYPES
