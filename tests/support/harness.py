"""A worker with in-memory adapters on a real Temporal server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

import worker
from activities.scratch import Scratch
from dalsegno.client import MusicClient
from dalsegno.errors import StorageDenied
from dalsegno.models import MusicRequest
from dalsegno.ports import (
    ClipSource,
    JobRecords,
    Ledger,
    MusicProvider,
    ObjectStore,
    SongRecogniser,
    TaskProvider,
)
from dalsegno.records.memory import MemoryJobRecords
from dalsegno.records.memory_ledger import MemoryLedger
from dalsegno.runtime.host import QueueWork, serve
from dalsegno.settings import Settings
from dalsegno.storage.memory import MemoryObjectStore
from tests.support.clips import ToneClips
from tests.support.eventually import eventually
from tests.support.faulty_store import FaultyStore
from tests.support.providers import ToneProvider

_TASK_COMPLETED = "workflow_task_completed_event_attributes"


@dataclass
class Harness:
    """Everything that one job needs, to be changed by a test before its worker starts."""

    temporal: Client
    folder: Path
    store: ObjectStore = field(default_factory=MemoryObjectStore)
    records: JobRecords = field(default_factory=MemoryJobRecords)
    ledger: Ledger = field(default_factory=MemoryLedger)
    providers: Mapping[str, MusicProvider] = field(init=False)
    task_providers: Mapping[str, TaskProvider] = field(default_factory=dict)
    clips: ClipSource = field(init=False)
    recognisers: Sequence[SongRecogniser] = ()
    change_work: Callable[[list[QueueWork]], list[QueueWork]] = list
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.providers = {"builtin": ToneProvider(self.calls)}
        self.clips = ToneClips(self.folder / "clips")
        self.settings = Settings(home=self.folder / "home", retry_initial_seconds=0.1)

    @property
    def calls(self) -> Path:
        """Where providers note their calls."""
        return self.folder / "calls"

    @property
    def client(self) -> MusicClient:
        """The Python client on the same store."""
        return MusicClient(self.temporal, self.store, self.settings)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """A worker, as long as the block runs."""
        ending = asyncio.Event()
        with Scratch(self.folder / "scratch") as scratch:
            work = worker.assemble(
                self.settings,
                store=self.store,
                records=self.records,
                ledger=self.ledger,
                scratch=scratch,
                providers=self.providers,
                task_providers=self.task_providers,
                clips=self.clips,
                recognisers=self.recognisers,
            )
            serving = asyncio.create_task(
                serve(self.temporal, self.change_work(work), worker.INTERCEPTORS, ending)
            )
            try:
                await eventually(self.client.worker_is_there)
                yield
            finally:
                ending.set()
                await serving

    def break_publishing(self) -> list[bool]:
        """Lets the store refuse to publish for as long as the returned list holds something."""
        broken = [True]

        def refuse(operation: str, key: str) -> Exception | None:
            return StorageDenied("The bucket is read-only.") if broken and operation == "copy" else None

        self.store = FaultyStore(self.store, refuse)
        return broken

    async def reset(self, job_id: str) -> None:
        """What the Web UI's Reset button does: to the last workflow task."""
        await self._reset(job_id, -1)

    async def reset_to_first(self, job_id: str) -> None:
        """A reset to the first workflow task: all steps run again."""
        await self._reset(job_id, 0)

    async def _reset(self, job_id: str, task: int) -> None:
        described = await self.temporal.get_workflow_handle(job_id).describe()
        history = await self.temporal.get_workflow_handle(job_id, run_id=described.run_id).fetch_history()
        tasks = [each.event_id for each in history.events if each.WhichOneof("attributes") == _TASK_COMPLETED]
        await self.temporal.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.temporal.namespace,
                workflow_execution=WorkflowExecution(workflow_id=job_id, run_id=described.run_id),
                reason="test",
                workflow_task_finish_event_id=tasks[task],
                request_id=str(uuid.uuid4()),
            )
        )


def a_request(**changes: object) -> MusicRequest:
    """A small request, changed as a test needs it."""
    return MusicRequest.model_validate({"customer_id": "acme", "duration": 5, "mood": "calm"} | changes)
