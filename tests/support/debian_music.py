"""Real music for tests and benchmarks, out of Debian's packages: fetched once, kept in the user's cache, never ours.

    python3 -m tests.support.debian_music singularity-music

fetches a package. Needs nothing but Debian's own `apt-get` and `dpkg-deb`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The smallest goes first: the tests take that alone.
PACKAGES = (
    "singularity-music",
    "hyperrogue-music",
    "warzone2100-music",
    "hedgewars-data",
    "wesnoth-1.16-music",
)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dalsegno" / "music"

_KINDS = {".ogg", ".mp3", ".opus"}
# What is smaller is a sound.
_SMALLEST = 300_000


def can_fetch() -> bool:
    """Whether this is a machine that packages can be fetched on."""
    return all(map(shutil.which, ("apt-get", "dpkg-deb")))


def fetch(package: str) -> Path:
    """The folder with a package's content, fetched if it isn't there yet: whole or not at all."""
    folder = CACHE / package
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as draft:
            subprocess.run(["apt-get", "download", "--quiet", package], cwd=draft, check=True)  # noqa: S607
            (archive,) = Path(draft).glob("*.deb")
            unpacked = Path(draft) / "unpacked"
            subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)  # noqa: S607
            unpacked.rename(folder)
    return folder


def tracks(package: str) -> list[Path]:
    """The pieces of music in a package that is there."""
    return sorted(
        path
        for path in (CACHE / package).rglob("*")
        if path.suffix in _KINDS and path.stat().st_size >= _SMALLEST and "sounds" not in path.parts
    )


if __name__ == "__main__":
    for name in sys.argv[1:]:
        fetch(name)
