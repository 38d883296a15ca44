"""A worker that stood still while another one did its step, and goes on when the job is completed."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dalsegno.models import SAMPLE_RATE, MusicBrief, StoredObject
from dalsegno.ports import RenderedMusic, Report
from dalsegno.storage.memory import MemoryObjectStore
from tests.support.harness import Harness, a_request
from tests.support.providers import calls_noted, note_call
from workflows import policies

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class AnotherSongEachTime:
    """No two of its pieces are alike."""

    calls: Path

    def render(self, brief: MusicBrief, folder: Path, report: Report) -> RenderedMusic:
        """A tone a fifth above the last one."""
        note_call(self.calls)
        pitch = 220 * 1.5 ** calls_noted(self.calls)
        tone = 0.1 * np.sin(2 * np.pi * pitch * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
        for name in ("master.wav", "preview.mp3"):
            soundfile.write(folder / name, np.column_stack([tone, tone]), SAMPLE_RATE)
        return RenderedMusic(title="Another", files=["master.wav", "preview.mp3"])


class FreezingStore(MemoryObjectStore):
    """The first who comes to an operation on a master stands still there, and hears of nothing until it is woken up."""

    def __init__(self, operation: str, *, awaited_by: str | None) -> None:
        super().__init__()
        self._operation = operation
        self._awaited_by = awaited_by
        self._frozen = False
        self.wake = asyncio.Event()
        self.done = asyncio.Event()
        self.late: list[StoredObject] = []

    async def put(
        self, key: str, source: Path | bytes, *, content_type: str, once: bool = False
    ) -> StoredObject:
        """Maybe late."""
        is_late = await self._freeze("put", key)
        stored = await super().put(key, source, content_type=content_type, once=once)
        if is_late:
            self.late.append(stored)
            self.done.set()
        return stored

    async def copy(self, source: StoredObject, target_key: str, *, content_type: str) -> StoredObject:
        """Maybe late."""
        is_late = await self._freeze("copy", target_key)
        stored = await super().copy(source, target_key, content_type=content_type)
        if is_late:
            self.late.append(stored)
            self.done.set()
        return stored

    async def _freeze(self, operation: str, key: str) -> bool:
        if operation == self._awaited_by:  # the late one comes in just before it
            self.wake.set()
            await self.done.wait()
        if self._frozen or operation != self._operation or "master" not in key:
            return False
        self._frozen = True
        while not self.wake.is_set():
            with suppress(asyncio.CancelledError):  # a frozen process doesn't hear that it is given up
                await self.wake.wait()
        return True


@pytest.mark.parametrize(
    ("operation", "activity", "awaited_by"),
    [
        ("put", "generate_music", "copy"),
        ("put", "generate_music", None),
        ("copy", "publish_music", None),
    ],
)
async def test_a_late_worker_cannot_change_what_is_published(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, operation: str, activity: str, awaited_by: str | None
) -> None:
    """Woken up before the upload or after it: what is published is what the result says, byte by byte."""
    hasty = replace(policies.POLICIES[activity], attempt=timedelta(seconds=8), total=timedelta(minutes=5))
    monkeypatch.setitem(policies.POLICIES, activity, hasty)
    store = harness.store = FreezingStore(operation, awaited_by=awaited_by)
    harness.providers = {"builtin": AnotherSongEachTime(harness.calls)}
    async with harness.worker():
        job = await harness.client.start(a_request(job_id=f"late-{operation}-{awaited_by}"))
        result = await job.result()
        store.wake.set()
    # The worker has ended, and all that it was late with before that.
    [late] = store.late
    if operation == "put":
        assert calls_noted(harness.calls) >= 2
        assert late.sha256 != result.objects["master.wav"].sha256
    for each in result.objects.values():
        assert sha256(await store.read(each.key)).hexdigest() == each.sha256
    assert await job.result() == result
