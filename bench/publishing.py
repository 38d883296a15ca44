"""What publishing a ten-minute master to a bucket takes: resident memory and time, beside boto3's own transfers.

    python -m bench.publishing

Each figure is that of a fresh process, which does what a worker does: it stages the file, then copies it to its
place. The peer does the same with `upload_file` and `copy`, as boto3 sets them. Both take turns; the medians count.
Linux only: the kernel is asked for the peak.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from activities.staging import stage_file
from dalsegno.storage.s3 import S3ObjectStore
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS

# Ten minutes in stereo, 24 bit, 48 kHz.
MASTER_BYTES = 600 * 48_000 * 2 * 3
ROUNDS = 3
# How many at once, and by how many MB they may make a worker grow.
BOUNDS = {1: 60, 3: 150}
MB = 1e6


def main() -> int:
    """Measures, prints the table, and returns 1 if a bound is broken."""
    if sys.argv[1:]:
        who, bucket, endpoint_url, *sources = sys.argv[1:]
        print(*{"dalsegno": publish, "boto3": publish_by_peer}[who](bucket, endpoint_url, sources))  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory() as folder:
        masters = [Path(folder) / f"master-{number}.wav" for number in range(max(BOUNDS))]
        for master in masters:
            master.write_bytes(os.urandom(MASTER_BYTES))
        server = SeaweedFS(Path(folder) / "server")
        server.start()
        try:
            return measure(server, masters)
        finally:
            server.stop()


def measure(server: SeaweedFS, masters: list[Path]) -> int:
    """Lets the two take turns; prints a line for each number of masters at once."""
    broken = 0
    print(f"{'masters at once':>15} {'':<9} {'MB more':>8} {'bound':>6} {'seconds':>8} {'times boto3':>12}")  # noqa: T201
    for at_once, bound in BOUNDS.items():
        figures: dict[str, list[tuple[float, float]]] = {"dalsegno": [], "boto3": []}
        for _ in range(ROUNDS):
            for who, found in figures.items():
                with server.bucket() as bucket:
                    found.append(in_fresh_process(who, bucket, server.endpoint_url, masters[:at_once]))
        peer_seconds = statistics.median(seconds for _, seconds in figures["boto3"])
        for who, found in figures.items():
            grown = max(grown for grown, _ in found)  # the bound holds each time
            seconds = statistics.median(seconds for _, seconds in found)
            limit = bound if who == "dalsegno" else ""
            print(  # noqa: T201
                f"{at_once:>15} {who:<9} {grown:>8.0f} {limit:>6} {seconds:>8.2f} {seconds / peer_seconds:>12.2f}"
            )
            broken += who == "dalsegno" and grown >= bound
    return min(broken, 1)


def in_fresh_process(who: str, bucket: str, endpoint_url: str, masters: list[Path]) -> tuple[float, float]:
    """By how many MB a process has grown at most, and the seconds that it took."""
    command = [sys.executable, "-m", "bench.publishing", who, bucket, endpoint_url, *map(str, masters)]
    done = subprocess.run(command, env=os.environ | CREDENTIALS, stdout=subprocess.PIPE, check=True)
    grown, seconds = map(float, done.stdout.split())
    return grown, seconds


def publish(bucket: str, endpoint_url: str, masters: list[str]) -> tuple[float, float]:
    """As the activities do it."""
    store = S3ObjectStore(bucket, endpoint_url=endpoint_url, variables={})

    async def one(number: int, master: str) -> None:
        staged = await stage_file(store, f"job-{number}", "master.wav", Path(master))
        await store.copy(staged, f"customers/bench/music/{number}/master.wav", content_type="audio/wav")

    async def all_of_them() -> tuple[float, float]:
        await store.put("warm", b"warm", content_type="text/plain")
        before, began = resident_mb("VmRSS"), time.monotonic()
        forget_peak()
        await asyncio.gather(*(one(number, master) for number, master in enumerate(masters)))
        return resident_mb("VmHWM") - before, time.monotonic() - began

    return asyncio.run(all_of_them())


def publish_by_peer(bucket: str, endpoint_url: str, masters: list[str]) -> tuple[float, float]:
    """With boto3's managed transfers, each in a thread."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )

    def one(number: int, master: str) -> None:
        client.upload_file(master, bucket, f"staging/{number}", Config=TransferConfig())
        client.copy({"Bucket": bucket, "Key": f"staging/{number}"}, bucket, f"published/{number}")

    async def all_of_them() -> tuple[float, float]:
        client.put_object(Bucket=bucket, Key="warm", Body=b"warm")
        before, began = resident_mb("VmRSS"), time.monotonic()
        forget_peak()
        await asyncio.gather(
            *(asyncio.to_thread(one, number, master) for number, master in enumerate(masters))
        )
        return resident_mb("VmHWM") - before, time.monotonic() - began

    return asyncio.run(all_of_them())


def resident_mb(name: str) -> float:
    """What the kernel says of this process's resident memory: `VmRSS` now, `VmHWM` at its peak."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / MB


def forget_peak() -> None:
    """Lets the peak begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    sys.exit(main())
