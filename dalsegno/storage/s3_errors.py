"""The one table of what S3's errors mean: R2's codes, those of Amazon and SeaweedFS, and boto3's own errors."""

import re
from collections.abc import Mapping

from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from dalsegno.errors import ObjectMissing, StorageDenied, StorageUnavailable


class PreconditionFailedError(StorageUnavailable):
    """Something else lies under the key than the call has asked for: who calls knows what that means."""


class NoSuchUploadError(StorageUnavailable):
    """The multipart upload has ended: it is to be started again, unless it was completed."""


class InvalidRangeError(StorageDenied):
    """The range begins behind the end of the object."""


Meaning = type[StorageDenied] | type[StorageUnavailable]

_CREDENTIALS = "does not accept the credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY ({code})."
_ARGUMENT = (
    "can't make sense of the request: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first, then DALSEGNO_S3_…"
    " ({code})."
)
_RIGHTS = (
    "does not allow this: give the credentials the rights to read, write, delete and list in the bucket {bucket}"
    " ({code})."
)
_REGION = "has the bucket {bucket} in another region: set AWS_REGION to the bucket's own ({code})."
_CLOCK = "finds the request too old or too new: set the clock of this machine ({code})."
_REFUSED = "refuses the object {key} for good ({code})."
_AWAY = "has a fault of its own, or is being restarted ({code})."
_BUSY = "asks to slow down ({code})."
_BROKEN = "did not receive the object {key} as it was sent ({code})."

# What is not named here goes by its HTTP status: 408, 429 and 5xx may pass, all else is refused for good.
MEANINGS: Mapping[str, tuple[Meaning, str]] = {
    # Who we are.
    "Unauthorized": (StorageDenied, _CREDENTIALS),
    "InvalidAccessKeyId": (StorageDenied, _CREDENTIALS),
    "SignatureDoesNotMatch": (StorageDenied, _CREDENTIALS),
    "InvalidToken": (StorageDenied, _CREDENTIALS),
    # What R2 says of a key that has not the length of its own, and any service of what it can't make sense of.
    "InvalidArgument": (StorageDenied, _ARGUMENT),
    "ExpiredToken": (StorageDenied, "finds the credentials expired: renew them ({code})."),
    "AccessDenied": (StorageDenied, _RIGHTS),
    "AllAccessDisabled": (StorageDenied, _RIGHTS),
    "AccountProblem": (StorageDenied, "has closed the account: see its provider's console ({code})."),
    "NotEntitled": (
        StorageDenied,
        "is not enabled for this account: subscribe to R2 in its dashboard ({code}).",
    ),
    "ExpiredRequest": (StorageDenied, _CLOCK),
    "RequestExpired": (StorageDenied, _CLOCK),
    "RequestTimeTooSkewed": (StorageDenied, _CLOCK),
    # Where it should go.
    "NoSuchBucket": (
        StorageDenied,
        "has no bucket {bucket}: create it, or set DALSEGNO_S3_BUCKET to another ({code}).",
    ),
    "InvalidBucketName": (
        StorageDenied,
        "takes no bucket of the name {bucket}: correct DALSEGNO_S3_BUCKET ({code}).",
    ),
    "AuthorizationHeaderMalformed": (StorageDenied, _REGION),
    "PermanentRedirect": (StorageDenied, _REGION),
    "IllegalLocationConstraintException": (StorageDenied, _REGION),
    "InvalidRegionName": (StorageDenied, _REGION),
    "NoSuchKey": (ObjectMissing, "has no object {key}."),
    "NotImplemented": (StorageDenied, "lacks what is needed here: use another ({code})."),
    # What it should be.
    "ObjectLockedByBucketPolicy": (
        StorageDenied,
        "has the object {key} locked: take it out of the lock rule of the bucket {bucket} ({code}).",
    ),
    "InvalidObjectName": (StorageDenied, _REFUSED),
    "KeyTooLongError": (StorageDenied, _REFUSED),
    "EntityTooLarge": (StorageDenied, _REFUSED),
    "EntityTooSmall": (StorageDenied, _REFUSED),
    "MetadataTooLarge": (StorageDenied, _REFUSED),
    "InvalidDigest": (StorageDenied, _REFUSED),
    "InvalidPart": (StorageUnavailable, _BROKEN),
    "BadDigest": (StorageUnavailable, _BROKEN),
    "XAmzContentSHA256Mismatch": (StorageUnavailable, _BROKEN),
    "IncompleteBody": (StorageUnavailable, _BROKEN),
    "ClientDisconnect": (StorageUnavailable, _BROKEN),
    # What only the caller can tell.
    "PreconditionFailed": (PreconditionFailedError, "has other content under {key} than was expected."),
    "InvalidRange": (InvalidRangeError, "has no such range of the object {key}."),
    "NoSuchUpload": (NoSuchUploadError, "has ended the upload of {key}: it has to start again ({code})."),
    # What passes.
    "InternalError": (StorageUnavailable, _AWAY),
    "ServiceUnavailable": (StorageUnavailable, _AWAY),
    "RequestTimeout": (StorageUnavailable, _AWAY),
    "OperationAborted": (StorageUnavailable, _BUSY),
    "ConditionalRequestConflict": (StorageUnavailable, _BUSY),
    "SlowDown": (StorageUnavailable, _BUSY),
    "TooManyRequests": (StorageUnavailable, _BUSY),
}

# Answers to HEAD have no body, and so no code: the status stands for it.
_STATUSES: Mapping[int, str] = {
    401: "Unauthorized",
    403: "AccessDenied",
    404: "NoSuchKey",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "TooManyRequests",
}
_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")

# By boto3's own classes, the first that fits: no answer came, or none that can be read.
_NO_ANSWER: tuple[tuple[tuple[type[Exception], ...], Meaning, str], ...] = (
    (
        (NoCredentialsError, PartialCredentialsError),
        StorageDenied,
        "needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    ),
    (
        (ProfileNotFound,),
        StorageDenied,
        "needs credentials, but there is no such profile: correct AWS_PROFILE.",
    ),
    (
        (CredentialRetrievalError, MetadataRetrievalError),
        StorageUnavailable,
        "needs credentials, and where they should come from does not answer ({code}).",
    ),
    (
        (exceptions.ConnectionError, HTTPClientError, OSError),
        StorageUnavailable,
        "can't be reached: is it running, and is its address right ({code})?",
    ),
    ((IncompleteReadError,), StorageUnavailable, "broke off in the midst of the object {key} ({code})."),
    ((ResponseParserError,), StorageUnavailable, "answers with what can't be read ({code})."),
    ((BotoCoreError,), StorageDenied, "can't be used as it is set: check DALSEGNO_S3_… and AWS_… ({code})."),
)


def s3_error(
    error: Exception, *, store: str, bucket: str, key: str = ""
) -> StorageDenied | StorageUnavailable | None:
    """What the error means; None for what is no error of the store but a bug.

    Args:
        error: what boto3 has raised.
        store: where the store is, for the sentence.
        bucket: which bucket was asked.
        key: which object the call was about, if it was about one.
    """
    if isinstance(error, ClientError):
        meaning, said, code = _of_answer(error)
    else:
        for classes, meaning, said in _NO_ANSWER:  # noqa: B007  # used below
            if isinstance(error, classes):
                code = type(error).__name__
                break
        else:
            return None
    return meaning(f"The object store {store} {said.format(bucket=bucket, key=key, code=code)}")


def _of_answer(error: ClientError) -> tuple[Meaning, str, str]:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    told = str(error.response.get("Error", {}).get("Code", ""))
    if told.isdecimal() or not _CODE.fullmatch(told):  # the status once more, or what nobody can have meant
        told = ""
    name = told or f"HTTP {status}"
    code = told if told in MEANINGS else _STATUSES.get(status)
    if code:
        return *MEANINGS[code], name
    if status == 408 or status >= 500:
        return StorageUnavailable, _AWAY, name
    return StorageDenied, "refuses the request ({code}).", name
