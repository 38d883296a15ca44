"""A real S3 server of the tests' own: SeaweedFS, on free ports, with credentials."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dalsegno.runtime import guard
from dalsegno.storage.s3 import S3ObjectStore
from tests.support.ports import are_free, free_ports

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "dal-segno", "AWS_SECRET_ACCESS_KEY": "al-fine-e-poi-la-coda"}
READER = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "solo-per-leggere"}
_READY_SECONDS = 60.0
# It takes seconds to end after SIGTERM: nobody here waits for that.
_GRACE_SECONDS = 0.2
_PORTS = ("master.port", "volume.port", "filer.port", "s3.port", "admin.port")


class SeaweedFS:
    """A server; it ends when it is told to, or when this program ends, however it ends.

    Stopped and started again it has the same address and the same objects.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: list[int] = []

    @property
    def endpoint_url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._ports[2 * _PORTS.index('s3.port')]}"

    def start(self) -> None:
        """Starts it and waits until objects can be put; where its ports are taken, until they are free."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "identities.json").write_text(json.dumps(_identities()))
        deadline = time.monotonic() + _READY_SECONDS
        is_first = not self._ports
        while time.monotonic() < deadline:
            if is_first:
                self._ports = free_ports(2 * len(_PORTS))
            elif not are_free(self._ports):
                time.sleep(0.05)
                continue
            self._launch()
            if self._becomes_ready(deadline):
                return
            self.stop()  # somebody else may take a port before the server does
        raise AssertionError((self._folder / "log").read_text()[-2_000:])

    def stop(self) -> None:
        """Ends it, in the midst of whatever it does."""
        if self._process:
            assert self._process.stdin
            self._process.stdin.close()
            self._process.wait()
            self._process = None
        for port in self._ports:  # sockets that it leaves behind
            for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108  # where it puts them
                socket_file.unlink(missing_ok=True)

    def client(self, *, read_seconds: float = 60) -> Any:
        """A plain boto3 client, to look behind the store's back. It has to be closed."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                connect_timeout=5,
                read_timeout=read_seconds,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    @contextmanager
    def bucket(self) -> Iterator[str]:
        """The name of an empty bucket; gone at the end, with what is in it."""
        name = f"music-{secrets.token_hex(6)}"
        client = self.client()
        try:
            client.create_bucket(Bucket=name)
            yield name
            client.delete_bucket(Bucket=name)
        finally:
            client.close()

    def store(self, bucket: str, *, endpoint_url: str | None = None, **variables: str) -> S3ObjectStore:
        """The adapter on a bucket. It has to be closed."""
        return S3ObjectStore(
            bucket, endpoint_url=endpoint_url or self.endpoint_url, variables=CREDENTIALS | variables
        )

    def _launch(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, str(_GRACE_SECONDS), *self._command()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
            )

    def _command(self) -> list[str | Path]:
        ports = [f"-{name}={self._ports[2 * number]}" for number, name in enumerate(_PORTS)]
        ports += [f"-{name}.grpc={self._ports[2 * number + 1]}" for number, name in enumerate(_PORTS)]
        return [
            Path(sys.executable).parent / "weed",
            "mini",
            "-dir=.",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *ports,
            "-s3.config=identities.json",
            "-s3.autoCreateBucket=false",  # else whoever is an admin never meets a missing bucket
            "-s3.iam=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
        ]

    def _becomes_ready(self, deadline: float) -> bool:
        assert self._process
        client = self.client(read_seconds=5)  # who has taken the port may never answer
        try:
            while self._process.poll() is None and time.monotonic() < deadline:
                with suppress(BotoCoreError, ClientError):
                    if not any(each["Name"] == "ready" for each in client.list_buckets()["Buckets"]):
                        client.create_bucket(Bucket="ready")
                    client.put_object(Bucket="ready", Key="ready", Body=b"ready")
                    return True
                time.sleep(0.05)
        finally:
            client.close()
        return False


def _identities() -> dict[str, Any]:
    def identity(name: str, credentials: dict[str, str], *actions: str) -> dict[str, Any]:
        keys = {
            "accessKey": credentials["AWS_ACCESS_KEY_ID"],
            "secretKey": credentials["AWS_SECRET_ACCESS_KEY"],
        }
        return {"name": name, "credentials": [keys], "actions": actions}

    return {
        "identities": [
            identity("dal-segno", CREDENTIALS, "Admin", "Read", "Write", "List"),
            identity("reader", READER, "Read", "List"),
        ]
    }
