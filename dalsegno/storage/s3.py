"""A bucket as object store: Cloudflare's R2, Amazon's S3, and whatever else speaks S3."""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from dalsegno.errors import ObjectExists, ObjectMissing, StorageDenied, StorageUnavailable
from dalsegno.models import StoredObject
from dalsegno.storage.download import download
from dalsegno.storage.keys import check_key, check_range
from dalsegno.storage.pieces import PIECE
from dalsegno.storage.s3_calls import S3Calls
from dalsegno.storage.s3_errors import InvalidRangeError, NoSuchUploadError, PreconditionFailedError
from dalsegno.storage.s3_upload import Uploads, measure
from dalsegno.storage.threads import in_thread

# The object's metadata that holds the SHA-256 of its content, in hex.
_SHA256 = "sha256"
_HEX = re.compile(r"[0-9a-f]{64}")
# What the signature of a link allows.
_LONGEST_LINK = timedelta(days=7)
# An upload that has to start again does so once, by itself; after that it is up to whoever retries the step.
_UPLOADS = 2


class S3ObjectStore:
    """Implements `dalsegno.ports.ObjectStore` by a bucket. Nothing is asked of it but objects: no ACL, no tags.

    Each object carries its SHA-256 as metadata, which goes with it into every copy, and against which whatever is
    read as a whole is checked. Objects without it, which others have put there, are read through to get it.

    Args:
        bucket: its name.
        endpoint_url: the service's address; None is Amazon's.
        region: None is that of the configuration.
        variables: boto3's own (`AWS_…`), for credentials and region.
    """

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        variables: Mapping[str, str],
    ) -> None:
        self._calls = S3Calls(bucket, endpoint_url=endpoint_url, region=region, variables=variables)
        self._uploads = Uploads(self._calls)

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        new = await in_thread(partial(measure, key, source))
        if once and (there := await self.stat(key)):
            return _same(there, new)
        headers: dict[str, Any] = {"ContentType": content_type, "Metadata": {_SHA256: new.sha256}}
        if once:
            headers["IfNoneMatch"] = "*"
        for left in reversed(range(_UPLOADS)):
            try:
                await self._uploads.send(new, source, headers)
            except PreconditionFailedError:
                there = await self.stat(key)
                if there is None:  # deleted again since
                    raise
                return _same(there, new)
            except NoSuchUploadError:
                # Either its end was reached and only the answer lost, or the service has given it up.
                if await self.stat(key) == new:
                    break
                if not left:
                    raise
            else:
                break
        return new

    async def stat(self, key: str) -> StoredObject | None:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        head = await self._head(key)
        return None if head is None else await self._stored(key, head)

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `dalsegno.ports.ObjectStore`. A range beyond the end gives what there is, maybe nothing."""
        check_range(start, length)
        check_key(key)
        if length == 0:
            await self._found(key)
            return b""
        if start == 0 and length is None:
            return b"".join([piece async for piece in self.stream(key)])
        end = "" if length is None else start + length - 1
        try:
            answer = await self._calls("get_object", key=key, Range=f"bytes={start}-{end}")
        except InvalidRangeError:
            return b""
        content = b"".join([piece async for piece in self._pieces(key, answer)])
        if not str(answer.get("ContentRange")).startswith(f"bytes {start}-"):
            raise StorageUnavailable(
                f"The object store answers with another range of {key} than was asked for."
            )
        return content

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See `dalsegno.ports.ObjectStore`. What is replaced meanwhile is streamed to its end as it was.

        Raises:
            StorageUnavailable: behind the last piece, if all of them are not what was stored.
        """
        check_key(key)
        answer = await self._calls("get_object", key=key)
        digest = hashlib.sha256()
        async with aclosing(self._pieces(key, answer)) as pieces:
            async for piece in pieces:
                digest.update(piece)
                yield piece
        if _noted(answer) not in (None, digest.hexdigest()):
            raise StorageUnavailable(f"What came for {key} is not what was stored there.")

    async def get(self, key: str, target: Path) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        answer = await self._calls("get_object", key=key)
        async with aclosing(self._pieces(key, answer)) as pieces:
            return await download(await self._stored(key, answer), pieces, target)

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """See `dalsegno.ports.ObjectStore`. The content doesn't pass through here, whatever its size."""
        check_key(source.key)
        copied = source.model_copy(update={"key": target_key})
        if await self.stat(target_key) == copied:
            return copied
        other_content = StorageDenied(f"The object {source.key} has other content than when it was stored.")
        head = await self._found(source.key)
        if await self._stored(source.key, head) != source:
            raise other_content
        try:
            await self._calls(
                "copy_object",
                key=target_key,
                CopySource={"Bucket": self._calls.bucket, "Key": source.key},
                CopySourceIfMatch=head["ETag"],
                MetadataDirective="REPLACE",
                Metadata={_SHA256: source.sha256},
                ContentType=content_type,
            )
        except PreconditionFailedError:  # replaced since we looked
            raise other_content from None
        except ObjectMissing:
            raise _missing(source.key) from None
        return copied

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """See `dalsegno.ports.ObjectStore`. Keys of others that break the rules of `keys` are left out."""
        if not _begins_keys(prefix):
            return
        page: dict[str, Any] = {}
        while True:
            answer = await self._calls("list_objects_v2", Prefix=prefix, **page)
            # S3 and R2 list in order; SeaweedFS does so folder by folder.
            for key in sorted((each["Key"] for each in answer.get("Contents", [])), key=str.encode):
                if _is_key(key):
                    yield key
            if not answer.get("IsTruncated"):
                return
            page = {"ContinuationToken": answer["NextContinuationToken"]}

    async def delete(self, key: str) -> None:
        """See `dalsegno.ports.ObjectStore`."""
        check_key(key)
        await self._calls("delete_object", key=key)

    async def link(self, key: str, expires: timedelta) -> str:
        """See `dalsegno.ports.ObjectStore`. Made with credentials that expire, it expires with them.

        Raises:
            StorageDenied: it should be good for less than a second or more than seven days.
        """
        check_key(key)
        if not timedelta(seconds=1) <= expires <= _LONGEST_LINK:
            raise StorageDenied("A link can be good for one second to seven days.")
        await self._found(key)
        return await self._calls.presigned("get_object", key=key, seconds=int(expires.total_seconds()))

    async def close(self) -> None:
        """Ends its connections; it can't be used any more, but closed again."""
        await self._calls.close()

    async def _head(self, key: str) -> Mapping[str, Any] | None:
        try:
            head: Mapping[str, Any] = await self._calls("head_object", key=key)
        except StorageDenied as error:
            # An answer to HEAD has no body that would tell a missing bucket from a missing object, or a wrong key
            # from a missing right. So the bucket is asked once more.
            await self._calls("list_objects_v2", Prefix=key, MaxKeys=1)
            if isinstance(error, ObjectMissing):
                return None
            raise
        return head

    async def _found(self, key: str) -> Mapping[str, Any]:
        head = await self._head(key)
        if head is None:
            raise _missing(key)
        return head

    async def _stored(self, key: str, answer: Mapping[str, Any]) -> StoredObject:
        """What an answer to GET or HEAD tells about the object."""
        sha256 = _noted(answer)
        if sha256 is None:
            digest = hashlib.sha256()
            async for piece in self.stream(key):
                digest.update(piece)
            sha256 = digest.hexdigest()
        return StoredObject(key=key, bytes=answer["ContentLength"], sha256=sha256)

    async def _pieces(self, key: str, answer: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        body = answer["Body"]
        try:
            while piece := await self._calls.run(partial(body.read, PIECE), key=key):
                yield piece
        finally:
            # In a thread: one that is still reading (this task was cancelled) holds the body until it has done so.
            self._calls.leave(body.close)


def _noted(answer: Mapping[str, Any]) -> str | None:
    sha256 = str(answer["Metadata"].get(_SHA256))
    return sha256 if _HEX.fullmatch(sha256) else None


def _same(there: StoredObject, new: StoredObject) -> StoredObject:
    if there != new:
        raise ObjectExists(f"The key {new.key} is taken by other content.")
    return new


def _missing(key: str) -> ObjectMissing:
    return ObjectMissing(f"There is no object {key}.")


def _is_key(key: str) -> bool:
    try:
        check_key(key)
    except StorageDenied:
        return False
    return True


def _begins_keys(prefix: str) -> bool:
    return prefix == "" or _is_key(prefix) or _is_key(f"{prefix}x")
