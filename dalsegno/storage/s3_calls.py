"""Calls to an S3 service, by boto3, in threads: one call is one request, and its errors are the store's."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ProxyConnectionError

from dalsegno.errors import StorageUnavailable
from dalsegno.storage.s3_errors import s3_error

Result = TypeVar("Result")

# Silence, in seconds, after which a connection or an answer is given up. A copy within the store may take long.
# A request's body goes out under the first of them, all of it: a link that is slow needs as long for one part.
CONNECT_SECONDS = 60.0
READ_SECONDS = 60.0
# Waits, in seconds, before a request is sent again on a new connection.
RECONNECT_WAITS = (0.1, 0.5)
_THREADS = 16
# The connection was not made, or it broke before an answer came.
_CONNECTION_ERRORS = (EndpointConnectionError, ConnectionClosedError, ProxyConnectionError)


class S3Calls:
    """A bucket, and the calls to it.

    Only what a new connection may mend is tried again here: a single connection that breaks among the dozens that
    a master takes should not cost the step, and every request can be sent twice. An answer is never asked for
    again, whatever it says: waiting is up to Temporal, which shows it, bounds it and survives this process.

    Args:
        bucket: its name.
        endpoint_url: the service's address; None is Amazon's.
        region: None is that of the configuration, or Amazon's first one.
        variables: boto3's own, for credentials and region, where they don't come from the environment alone.
    """

    def __init__(
        self, bucket: str, *, endpoint_url: str | None, region: str | None, variables: Mapping[str, str]
    ) -> None:
        self.bucket = bucket
        self._endpoint_url = endpoint_url
        self._region = region
        self._variables = variables
        self._made: Any = None
        self._making = threading.Lock()
        # Of its own: a service that is silent must not take the threads from all else in the process.
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")
        self._is_closed = False

    @property
    def _where(self) -> str:
        return f"at {self._endpoint_url}" if self._endpoint_url else "of Amazon"

    async def __call__(self, operation: str, *, key: str | None = None, **parameters: Any) -> Any:
        """Sends a request about the bucket, or about an object in it, and returns the answer as boto3 gives it.

        Raises:
            StorageDenied, StorageUnavailable: see `s3_errors`.
        """
        if key is not None:
            parameters["Key"] = key

        def send() -> Any:
            return getattr(self._client(), operation)(Bucket=self.bucket, **parameters)

        return await self.run(send, key=key or "")

    async def run(self, work: Callable[[], Result], *, key: str = "") -> Result:
        """Does blocking work with the service in a thread; a cancelled task doesn't wait for its end.

        Raises:
            StorageDenied, StorageUnavailable: as above; the latter also after `close`.
        """
        waits = iter(RECONNECT_WAITS)
        while True:
            if self._is_closed:
                raise StorageUnavailable(f"The object store {self._where} was closed: this program ends.")
            try:
                return await asyncio.wrap_future(self._executor.submit(work))
            except Exception as error:
                wait = next(waits, None) if isinstance(error, _CONNECTION_ERRORS) else None
                if wait is None:
                    found = s3_error(error, store=self._where, bucket=self.bucket, key=key)
                    if found is None:
                        raise
                    raise found from error
                await asyncio.sleep(wait)

    def leave(self, work: Callable[[], object]) -> None:
        """Lets a thread do what nobody waits for, also after the end."""
        if self._is_closed:
            threading.Thread(target=work, daemon=True).start()
        else:
            self._executor.submit(work)

    async def presigned(self, operation: str, *, key: str, seconds: int) -> str:
        """An address by which anybody can do this one operation on this one object for so many seconds."""
        parameters = {"Bucket": self.bucket, "Key": key}

        def sign() -> str:
            return str(self._client().generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds))

        return await self.run(sign, key=key)

    async def close(self) -> None:
        """Ends all connections, if it hasn't yet. What is still being sent ends by itself."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            if self._made is not None:
                await asyncio.wrap_future(self._executor.submit(self._made.close))
        finally:
            self._executor.shutdown(wait=False)

    def _client(self) -> Any:
        with self._making:  # boto3's clients serve all threads, but are made by one
            if self._made is None:
                self._made = self._new_client()
            return self._made

    def _new_client(self) -> Any:
        variable = self._variables.get
        key_id, profile = variable("AWS_ACCESS_KEY_ID"), variable("AWS_PROFILE")
        session = boto3.Session(profile_name=profile) if profile and not key_id else boto3
        return session.client(
            "s3",
            endpoint_url=self._endpoint_url,
            region_name=self._region or variable("AWS_REGION") or variable("AWS_DEFAULT_REGION"),
            aws_access_key_id=key_id,
            aws_secret_access_key=variable("AWS_SECRET_ACCESS_KEY") if key_id else None,
            aws_session_token=variable("AWS_SESSION_TOKEN") if key_id else None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                tcp_keepalive=True,
                max_pool_connections=4 * _THREADS,  # downloads in progress hold theirs between two pieces
                retries={"mode": "standard", "total_max_attempts": 1},
                # The newer default sends checksums in trailers, which R2 has refused time and again.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                # At Amazon only `virtual` makes links to the bucket's own region; elsewhere names of hosts may lack.
                s3={"addressing_style": "path" if self._endpoint_url else "virtual"},
            ),
        )
