"""What a bucket's refusals and silences mean: a row of the table, a test."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from dalsegno.errors import DalSegnoError, ObjectMissing, StorageDenied, StorageUnavailable
from dalsegno.models import StoredObject
from dalsegno.storage import s3_calls
from dalsegno.storage.s3 import S3ObjectStore
from dalsegno.storage.s3_errors import MEANINGS, s3_error
from tests.support.r2_faults import Fault, R2Faults
from tests.support.seaweedfs import CREDENTIALS, READER, SeaweedFS

TEXT = "text/plain"
DENIED, UNAVAILABLE = StorageDenied, StorageUnavailable
# As R2 and S3 answer: status, code; what that is to a step; what is said of it.
ROWS = [
    (401, "Unauthorized", DENIED, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    (403, "InvalidAccessKeyId", DENIED, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    (403, "SignatureDoesNotMatch", DENIED, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    (400, "InvalidToken", DENIED, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    (400, "InvalidArgument", DENIED, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first"),
    (400, "ExpiredToken", DENIED, "credentials expired: renew them"),
    (403, "AccessDenied", DENIED, "give the credentials the rights to read, write, delete and list"),
    (403, "AllAccessDisabled", DENIED, "give the credentials the rights"),
    (403, "AccountProblem", DENIED, "has closed the account"),
    (403, "NotEntitled", DENIED, "subscribe to R2"),
    (400, "ExpiredRequest", DENIED, "set the clock"),
    (403, "RequestExpired", DENIED, "set the clock"),
    (403, "RequestTimeTooSkewed", DENIED, "set the clock"),
    (404, "NoSuchBucket", DENIED, "has no bucket music: create it, or set DALSEGNO_S3_BUCKET"),
    (400, "InvalidBucketName", DENIED, "correct DALSEGNO_S3_BUCKET"),
    (400, "AuthorizationHeaderMalformed", DENIED, "set AWS_REGION"),
    (301, "PermanentRedirect", DENIED, "set AWS_REGION"),
    (400, "IllegalLocationConstraintException", DENIED, "set AWS_REGION"),
    (400, "InvalidRegionName", DENIED, "set AWS_REGION to the bucket's own"),
    (404, "NoSuchKey", ObjectMissing, "has no object k"),
    (403, "ObjectLockedByBucketPolicy", DENIED, "has the object k locked: take it out of the lock rule"),
    (400, "InvalidObjectName", DENIED, "refuses the object k for good"),
    (400, "KeyTooLongError", DENIED, "refuses the object k for good"),
    (400, "EntityTooLarge", DENIED, "refuses the object k for good"),
    (400, "EntityTooSmall", DENIED, "refuses the object k for good"),
    (400, "MetadataTooLarge", DENIED, "refuses the object k for good"),
    (400, "InvalidDigest", DENIED, "refuses the object k for good"),
    (501, "NotImplemented", DENIED, "use another"),
    (400, "InvalidPart", UNAVAILABLE, "did not receive the object k as it was sent"),
    (400, "BadDigest", UNAVAILABLE, "did not receive the object k as it was sent"),
    (400, "XAmzContentSHA256Mismatch", UNAVAILABLE, "did not receive the object k as it was sent"),
    (400, "IncompleteBody", UNAVAILABLE, "did not receive the object k as it was sent"),
    (400, "ClientDisconnect", UNAVAILABLE, "did not receive the object k as it was sent"),
    (404, "NoSuchUpload", UNAVAILABLE, "has ended the upload of k"),
    (412, "PreconditionFailed", UNAVAILABLE, "other content under k"),
    (416, "InvalidRange", DENIED, "no such range"),
    (500, "InternalError", UNAVAILABLE, "fault of its own"),
    (503, "ServiceUnavailable", UNAVAILABLE, "fault of its own"),
    (400, "RequestTimeout", UNAVAILABLE, "fault of its own"),
    (409, "OperationAborted", UNAVAILABLE, "slow down"),
    (409, "ConditionalRequestConflict", UNAVAILABLE, "slow down"),
    (503, "SlowDown", UNAVAILABLE, "slow down"),
    (429, "TooManyRequests", UNAVAILABLE, "slow down"),
]
UNKNOWN = [
    (400, "SomethingNew", DENIED, "refuses the request (SomethingNew)"),
    (403, "SomethingNew", DENIED, "give the credentials the rights"),
    (408, "SomethingNew", UNAVAILABLE, "(SomethingNew)"),
    (418, "&lt;b&gt;", DENIED, "(HTTP 418)"),
    (429, "SomethingNew", UNAVAILABLE, "slow down (SomethingNew)"),
    (502, "SomethingNew", UNAVAILABLE, "(SomethingNew)"),
    (599, "a sentence with an address: http://x", UNAVAILABLE, "(HTTP 599)"),
]


@pytest.fixture
def faults() -> Iterator[R2Faults]:
    """A server that has nothing but faults."""
    with R2Faults().running() as faults:
        yield faults


@pytest.fixture
async def store(faults: R2Faults) -> AsyncIterator[S3ObjectStore]:
    """The adapter in front of it."""
    store = S3ObjectStore("music", endpoint_url=faults.endpoint_url, variables=CREDENTIALS)
    yield store
    await store.close()


def test_every_row_of_the_table_has_its_test() -> None:
    """A code that is added is added here too."""
    assert {row[1] for row in ROWS} == set(MEANINGS)


@pytest.mark.parametrize(("status", "code", "kind", "said"), ROWS + UNKNOWN)
async def test_an_answer_has_its_class_and_its_sentence(
    faults: R2Faults, store: S3ObjectStore, status: int, code: str, kind: type[DalSegnoError], said: str
) -> None:
    """One sentence, of the class that says whether trying again can help; and nothing is asked for twice."""
    faults.order("DeleteObject", Fault(status=status, code=code), times=2)
    with pytest.raises(kind) as caught:
        await store.delete("k")
    assert said in str(caught.value)
    assert faults.endpoint_url in str(caught.value)
    assert "Told so" not in str(caught.value)  # the service's own words are anybody's
    assert caught.value.failure_type() == ("StorageUnavailable" if kind is UNAVAILABLE else "StorageDenied")
    assert faults.operations.count("DeleteObject") == 1


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            exceptions.CredentialRetrievalError(provider="role", error_msg="hunter2"),
            UNAVAILABLE,
            "where they should come from does not answer (CredentialRetrievalError)",
        ),
        (
            exceptions.PartialCredentialsError(provider="hunter2", cred_var="hunter2"),
            DENIED,
            "set AWS_ACCESS_KEY_ID",
        ),
        (exceptions.SSLError(endpoint_url="x", error="hunter2"), UNAVAILABLE, "can't be reached"),
        (
            exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
            UNAVAILABLE,
            "in the midst of the object k",
        ),
        (ResponseParserError("hunter2"), UNAVAILABLE, "answers with what can't be read"),
        (exceptions.InvalidRegionError(region_name="hunter2"), DENIED, "check DALSEGNO_S3_… and AWS_…"),
    ],
)
def test_an_error_of_boto3_s_own_has_its_class_and_its_sentence(
    error: Exception, kind: type[DalSegnoError], said: str
) -> None:
    """What it says itself is left out: it may hold anything."""
    found = s3_error(error, store="at x", bucket="music", key="k")
    assert type(found) is kind
    assert said in str(found)
    assert "hunter2" not in str(found)


def test_a_bug_is_no_error_of_the_store() -> None:
    """It is not waited for."""
    assert s3_error(ZeroDivisionError(), store="at x", bucket="music") is None


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ((404, ""), (404, "NoSuchBucket"), "has no bucket music"),
        ((403, ""), (403, "SignatureDoesNotMatch"), "check AWS_ACCESS_KEY_ID"),
        ((400, ""), (400, "ExpiredToken"), "renew them"),
    ],
)
async def test_what_an_answer_without_a_body_leaves_open_is_asked_for(
    faults: R2Faults, store: S3ObjectStore, told: tuple[int, str], code: tuple[int, str], said: str
) -> None:
    """A HEAD is answered by a mere number: a missing bucket is not taken for a missing object."""
    faults.order("HeadObject", Fault(*told))
    faults.order("ListObjectsV2", Fault(*code))
    with pytest.raises(StorageDenied, match=said) as caught:
        await store.stat("k")
    assert not isinstance(caught.value, ObjectMissing)


async def test_no_answer_is_no_reason_to_fail_for_good(store: S3ObjectStore, faults: R2Faults) -> None:
    """A connection that breaks is made again, a few times; then it is up to whoever retries the step."""
    faults.order("DeleteObject", Fault(is_dropped=True), times=2)
    faults.order("DeleteObject", Fault(204))
    await store.delete("k")
    faults.order("DeleteObject", Fault(is_dropped=True), times=4)
    with pytest.raises(StorageUnavailable, match="can't be reached: is it running"):
        await store.delete("k")
    assert faults.operations == ["DeleteObject"] * 6


async def test_an_answer_that_does_not_come_is_not_waited_for(
    faults: R2Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not asked for again: what was asked for may be in progress."""
    monkeypatch.setattr(s3_calls, "READ_SECONDS", 0.3)
    store = S3ObjectStore("music", endpoint_url=faults.endpoint_url, variables=CREDENTIALS)
    told = threading.Event()
    faults.order("DeleteObject", Fault(204, until=told))
    with pytest.raises(StorageUnavailable, match="ReadTimeoutError"):
        await store.delete("k")
    while not faults.operations:  # a busy machine may take longer to read the request than it was waited for
        await asyncio.sleep(0.01)
    told.set()
    assert faults.operations == ["DeleteObject"]
    await store.close()


async def test_a_cancelled_task_does_not_wait_for_a_silent_service(
    store: S3ObjectStore, faults: R2Faults
) -> None:
    """A worker that is told to end has seconds for it: the answer would come after all of them."""
    told = threading.Event()
    faults.order("DeleteObject", Fault(204, until=told))
    deleting = asyncio.create_task(store.delete("k"))
    while not faults.operations:
        await asyncio.sleep(0.01)
    deleting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deleting
    assert not faults.answered
    told.set()


async def test_a_store_that_is_closed_says_so(store: S3ObjectStore, faults: R2Faults) -> None:
    """What comes late in a program that ends has not failed for good; closing twice is no mistake."""
    faults.order("GetObject", Fault(200), times=2)
    pieces = aiter(store.stream("k"))
    await anext(pieces)
    await store.close()
    await store.close()
    with pytest.raises(StorageUnavailable, match="was closed: this program ends"):
        await anext(pieces)
    with pytest.raises(StorageUnavailable, match="was closed: this program ends"):
        await store.delete("k")
    assert faults.operations == ["GetObject"]


async def test_where_nobody_listens_is_said(tmp_path: Path) -> None:
    """With the address that was tried."""
    store = S3ObjectStore("music", endpoint_url="http://127.0.0.1:1", variables=CREDENTIALS)
    with pytest.raises(StorageUnavailable, match=r"at http://127\.0\.0\.1:1 can't be reached"):
        await store.get("k", tmp_path / "k")
    await store.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "correct AWS_PROFILE"),
    ],
)
async def test_credentials_that_are_not_there_are_asked_for(
    faults: R2Faults, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    """Nothing is sent without them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    store = S3ObjectStore("music", endpoint_url=faults.endpoint_url, variables=variables)
    with pytest.raises(StorageDenied, match=said):
        await store.stat("k")
    assert faults.operations == []
    await store.close()


async def test_a_profile_has_the_credentials(
    seaweedfs: SeaweedFS, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As boto3's own file has them."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    lines = [f"{name.lower()} = {value}" for name, value in CREDENTIALS.items()]
    (tmp_path / "credentials").write_text("\n".join(["[studio]", *lines]))
    store = S3ObjectStore(
        bucket, endpoint_url=seaweedfs.endpoint_url, variables={"AWS_PROFILE": "studio", "AWS_REGION": "auto"}
    )
    await store.put("k", b"x", content_type=TEXT)
    await store.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "check AWS_ACCESS_KEY_ID"),
        ({"AWS_ACCESS_KEY_ID": "hunter2"}, "check AWS_ACCESS_KEY_ID"),
        (READER, "rights to read, write, delete and list"),
    ],
)
async def test_a_real_server_refuses_the_wrong_ones(
    seaweedfs: SeaweedFS, bucket: str, wrong: dict[str, str], said: str
) -> None:
    """A wrong key, a wrong secret, one that may only read."""
    store = seaweedfs.store(bucket, **wrong)
    with pytest.raises(StorageDenied, match=said) as caught:
        await store.put("k", b"x", content_type=TEXT)
    assert "hunter2" not in str(caught.value)
    await store.close()


async def test_a_bucket_that_is_not_there_is_no_missing_object(seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    """Whatever is asked of it."""
    store = seaweedfs.store("no-such-bucket")
    source = StoredObject(key="k", bytes=1, sha256="0" * 64)
    for attempt in (
        store.put("k", b"x", content_type=TEXT),
        store.put("k", b"x", content_type=TEXT, once=True),
        store.stat("k"),
        store.read("k"),
        store.read("k", 1, 0),
        store.get("k", tmp_path / "k"),
        store.copy(source, "target", content_type=TEXT),
        anext(aiter(store.list(""))),
        store.link("k", timedelta(minutes=1)),
    ):
        with pytest.raises(StorageDenied, match="has no bucket no-such-bucket") as caught:
            await attempt
        assert not isinstance(caught.value, ObjectMissing)
    await store.close()
