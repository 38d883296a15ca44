"""A small disk that can be filled: a file system in memory, which the system's administrator alone can make."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

_FILLER = "filler"


class SmallDisk:
    """So many MB, mounted over a folder from entering to leaving."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        self._megabytes = megabytes

    def __enter__(self) -> Self:
        """Mounts it."""
        if os.geteuid() != 0:
            raise SystemExit("A disk that can be filled takes the right to mount one: run this part as root.")
        options = ["-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=0700", "dalsegno-chaos"]
        subprocess.run(["mount", *options, self._folder], check=True)  # noqa: S607  # the system's own
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Lazily: what is still open there ends with its process.
        subprocess.run(["umount", "--lazy", self._folder], check=True)  # noqa: S607

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is free, as long as the block runs; what is freed meanwhile is taken again by whoever needs it."""
        filler = self._folder / _FILLER
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    try:
                        file.write(bytes(1 << 16))
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
                        break
            yield
        finally:
            filler.unlink(missing_ok=True)
