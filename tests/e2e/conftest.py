"""A home for each test of whole programs."""

from pathlib import Path

import pytest

from tests.support.programs import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")
