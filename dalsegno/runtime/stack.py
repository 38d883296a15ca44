"""The embedded stack: Temporal server, database, object store and a worker, for one home."""

import asyncio
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

import dalsegno
from dalsegno.adapters import build_database
from dalsegno.errors import SettingsError, StackError
from dalsegno.models import CPU_TASK_QUEUE, TASK_QUEUE
from dalsegno.runtime.child import Child
from dalsegno.runtime.plugin import DalSegnoPlugin
from dalsegno.runtime.schedule import schedule_housekeeping
from dalsegno.runtime.server import READY_SECONDS, EmbeddedServer, environment_without_servers
from dalsegno.runtime.stack_state import StackLock, StackState, running_stack
from dalsegno.settings import Settings

# The worker's own grace period, and a little for its process to end.
_WORKER_GRACE_SECONDS = 12.0


class EmbeddedStack:
    """The stack as a context: up and ready inside, gone without a trace behind it, whatever ends it.

    Where one is already running in this home, it is used and left as it is.

    Attributes:
        already_running: whether it is another program's.
        temporal_address: host and port.
        web_ui: address of Temporal's Web UI.
        home: where all its state lies.
    """

    already_running: bool
    temporal_address: str
    web_ui: str

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.home: Path = settings.resolved_home
        self._lock: StackLock | None = None
        self._server: EmbeddedServer | None = None
        self._worker: Child | None = None

    async def __aenter__(self) -> Self:
        state = await self._lock_or_find()
        try:
            if state is None:
                state = await self._start()
        except BaseException:
            await self._stop()
            raise
        self.temporal_address, self.web_ui = state.temporal_address, state.web_ui
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def wait(self) -> None:
        """Waits until a part of the stack ends by itself; for another program's stack, until that one is gone.

        Raises:
            StackError: always, when that happens.
        """
        if self._server is None or self._worker is None:
            while running_stack(self.home):  # noqa: ASYNC110  (it is another process that ends)
                await asyncio.sleep(1)
            raise StackError("The embedded stack that was in use has ended.")
        children = (self._server.child, self._worker)
        waiting = {asyncio.ensure_future(child.wait()): child for child in children}
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        child = waiting[done.pop()]
        raise StackError(f"The {child.name} has ended unexpectedly: see {child.log}.")

    async def _lock_or_find(self) -> StackState | None:
        """Takes the home's lock and returns None, or waits for the stack of the one who has it."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    lock = StackLock(self.home)
                    if lock.acquire():
                        self._lock, self.already_running = lock, False
                        return None
                    lock.close()
                    if state := running_stack(self.home):
                        self.already_running = True
                        return state
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise StackError(
                f"Another program has been starting or ending the stack in {self.home} for {READY_SECONDS:g} s."
            ) from None
        except OSError as error:
            raise StackError(f"The home {self.home} can't be used: {error.strerror}.") from None

    async def _start(self) -> StackState:
        assert self._lock
        holding = [self._lock.fileno()]
        migrating = asyncio.ensure_future(self._migrate())  # goes on while the server starts
        try:
            self._server = await EmbeddedServer.start(self.home, holding=holding)
        finally:
            await migrating
        await self._check_whose_database(self._server)
        self._worker = await Child.start(
            "worker",
            [sys.executable, Path(dalsegno.__file__).parents[1] / "worker.py"],
            log=self.home / "worker.log",
            grace_seconds=_WORKER_GRACE_SECONDS,
            environment=environment_without_servers()
            | {"TEMPORAL_ADDRESS": self._server.address, "DALSEGNO_HOME": str(self.home)},
            holding=holding,
        )
        await self._worker_ready(self._server.address, self._worker)
        state = StackState(
            temporal_address=self._server.address, web_ui=self._server.web_ui, home=str(self.home)
        )
        self._lock.publish(state)
        return state

    async def _migrate(self) -> None:
        from dalsegno.records.migrate import migrate  # noqa: PLC0415  (SQLAlchemy is slow to load)

        await migrate(self._settings.resolved_database_url)

    async def _check_whose_database(self, server: EmbeddedServer) -> None:
        """What the worker would check, who can't say what helps here: nobody can reach a server that ends with it."""
        database = build_database(self._settings)
        try:
            own = await database.identity()
            client = await Client.connect(server.address, plugins=[DalSegnoPlugin()])
            theirs = await schedule_housekeeping(client, own)
        except RPCError as error:
            raise StackError(f"The Temporal server does not answer: see {server.child.log}.") from error
        finally:
            await database.close()
        if own != theirs:
            raise SettingsError(
                f"The database is not the one that the jobs of the home {self.home} were run with: put that one back, "
                "or set DALSEGNO_DATABASE_URL to it, or begin without those jobs by setting DALSEGNO_HOME to a new "
                "folder."
            )

    async def _worker_ready(self, address: str, worker: Child) -> None:
        client = await Client.connect(address)
        try:
            async with asyncio.timeout(READY_SECONDS):
                while worker.running:
                    if await _is_polled(client, TASK_QUEUE) and await _is_polled(client, CPU_TASK_QUEUE):
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass
        raise StackError(f"The worker did not start: see {worker.log}.")

    async def _stop(self) -> None:
        """Ends all parts. Once begun it goes to its end, however often it is cancelled."""
        stopping, cancelled = asyncio.ensure_future(self._stop_parts()), False
        while not stopping.done():
            try:
                await asyncio.wait({stopping})
            except asyncio.CancelledError:
                cancelled = True
        stopping.result()
        if cancelled:
            raise asyncio.CancelledError

    async def _stop_parts(self) -> None:
        # The worker first: it hands its work over to the server.
        for child in (self._worker, self._server.child if self._server else None):
            if child:
                await child.stop()
        if self._lock:
            self._lock.release()
            self._lock = None


async def _is_polled(client: Client, queue: str) -> bool:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
    )
    return bool(described.pollers)
