"""What tests of activities share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """A worker's folder for temporary files."""
    with Scratch(tmp_path / "scratch") as scratch:
        yield scratch
