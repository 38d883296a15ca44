"""How content gets into a bucket: in one request, or in equal parts. It is seen whole or not at all."""

import asyncio
import base64
import hashlib
import io
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dalsegno.errors import DalSegnoError, StorageDenied, StorageUnavailable
from dalsegno.models import StoredObject
from dalsegno.storage.pieces import PIECE
from dalsegno.storage.s3_calls import S3Calls
from dalsegno.storage.threads import Stop, in_thread, to_its_end

# In bytes. R2 wants all parts but the last equal, and S3 none below 5 MiB.
PART = 8 << 20
# So many parts are on their way at once, of all uploads together: that bounds the memory that they take.
PARTS_AT_ONCE = 3
# How long an upload that is given up holds up its caller for that, in seconds; half of it is for the parts that are
# on their way. It is taken back also later. What a process leaves that ends before, the bucket's own rule for
# unfinished uploads removes.
_ABANDON_SECONDS = 5.0


class Uploads:
    """All uploads to one bucket."""

    def __init__(self, calls: S3Calls) -> None:
        self._calls = calls
        self._room = asyncio.Semaphore(PARTS_AT_ONCE)
        self._abandoned: set[asyncio.Task[None]] = set()  # the loop alone wouldn't hold them

    async def send(self, stored: StoredObject, source: Path | bytes, headers: Mapping[str, Any]) -> None:
        """Sends content whose size and SHA-256 are known; every request carries the MD5 of what it brings.

        Args:
            stored: what is to lie in the bucket afterwards.
            source: what is sent; read part by part.
            headers: for the object as a whole, as boto3 names them; `IfNoneMatch` among them.

        Raises:
            StorageUnavailable: also if the source isn't any more what it was.
            NoSuchUploadError: the service has ended the upload, because it was completed or by itself.
            PreconditionFailedError: `IfNoneMatch` doesn't hold.
        """
        with _opened(source) as file:
            parts = _Parts(file, stored)
            if stored.bytes <= PART:
                async with self._room:
                    part = await parts.next()
                    await self._calls("put_object", key=stored.key, **headers, **_body(part))
            else:
                await self._send_parts(stored.key, parts, headers)

    async def _send_parts(self, key: str, parts: "_Parts", headers: Mapping[str, Any]) -> None:
        condition = {name: headers[name] for name in headers if name == "IfNoneMatch"}
        described = {name: headers[name] for name in headers if name not in condition}
        creating = asyncio.ensure_future(self._calls("create_multipart_upload", key=key, **described))
        sending: list[asyncio.Task[str]] = []
        try:
            upload = {"key": key, "UploadId": (await asyncio.shield(creating))["UploadId"]}
            while part := await self._next_part(parts, sending):
                number = len(sending) + 1
                sending.append(asyncio.create_task(self._send_part(part, PartNumber=number, **upload)))
                sending[-1].add_done_callback(lambda _: self._room.release())
            tags = await asyncio.gather(*sending)
            await self._calls(
                "complete_multipart_upload",
                **upload,
                **condition,
                MultipartUpload={
                    "Parts": [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
                },
            )
        except BaseException:
            await to_its_end(self._abandon(key, creating, sending))
            raise

    async def _next_part(self, parts: "_Parts", sending: list["asyncio.Task[str]"]) -> bytearray:
        """The next part, once there is room for it; empty behind the last one."""
        await self._room.acquire()
        part = bytearray()
        try:
            for each in sending:
                if each.done():
                    each.result()  # raises what has gone wrong, before more is sent
            part = await parts.next()
        finally:
            if not part:
                self._room.release()
        return part

    async def _send_part(self, part: bytearray, **upload: Any) -> str:
        return str((await self._calls("upload_part", **upload, **_body(part)))["ETag"])

    async def _abandon(
        self, key: str, creating: "asyncio.Future[Any]", sending: list["asyncio.Task[str]"]
    ) -> None:
        """Takes back an upload; what takes long about it goes on behind the caller's back."""
        taking_back = asyncio.create_task(self._take_back(key, creating, sending))
        self._abandoned.add(taking_back)
        taking_back.add_done_callback(self._abandoned.discard)
        await asyncio.wait([taking_back], timeout=_ABANDON_SECONDS)
        if taking_back.done():
            taking_back.result()

    async def _take_back(
        self, key: str, creating: "asyncio.Future[Any]", sending: list["asyncio.Task[str]"]
    ) -> None:
        """Ends an upload behind its parts, or before the slow ones and once more behind them: those would stay."""
        parts = asyncio.gather(*sending, return_exceptions=True)
        with suppress(DalSegnoError):
            upload = {"key": key, "UploadId": (await creating)["UploadId"]}
            await asyncio.wait([parts], timeout=_ABANDON_SECONDS / 2)
            were_slow = not parts.done()
            with suppress(DalSegnoError):
                await self._calls("abort_multipart_upload", **upload)
            if were_slow:
                await parts
                await self._calls("abort_multipart_upload", **upload)


class _Parts:
    """The parts of a source, and whether they are what was announced."""

    def __init__(self, file: io.BufferedIOBase, stored: StoredObject) -> None:
        self._file = file
        self._stored = stored
        self._left = stored.bytes
        self._digest = hashlib.sha256()

    async def next(self) -> bytearray:
        """The next part: `PART` bytes, fewer for the last one; empty behind it.

        Raises:
            StorageUnavailable: instead of the last part, if all of them together are not what was announced.
        """
        return await in_thread(self._read)

    def _read(self, stop: Stop) -> bytearray:
        stop.check()
        wanted = min(PART, self._left)
        # No `bytes`: those boto3 copies, to send them in one piece with the head of the request.
        part = bytearray(wanted)
        del part[self._file.readinto(part) :]
        self._left -= len(part)
        self._digest.update(part)
        is_last = len(part) < wanted or not self._left
        if is_last and self._digest.hexdigest() != self._stored.sha256:
            raise StorageUnavailable(f"What is to be stored as {self._stored.key} has changed meanwhile.")
        return part


def measure(key: str, source: Path | bytes, stop: Stop) -> StoredObject:
    """What will lie under the key once the source is stored there.

    Raises:
        StorageDenied: the source can't be read.
    """
    digest, size = hashlib.sha256(), 0
    with _opened(source) as file:
        while piece := file.read(PIECE):
            stop.check()
            digest.update(piece)
            size += len(piece)
    return StoredObject(key=key, bytes=size, sha256=digest.hexdigest())


@contextmanager
def _opened(source: Path | bytes) -> Iterator[io.BufferedIOBase]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise StorageDenied(f"The file {source} can't be read to be stored: it is no regular file.")
        with source.open("rb") as file:
            yield file
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageDenied(f"The file {source} can't be read to be stored: {reason}.") from error


def _body(content: bytearray) -> dict[str, Any]:
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    return {"Body": content, "ContentMD5": base64.b64encode(md5).decode()}
