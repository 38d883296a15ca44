"""Databases for the tests of what serves them."""

from pathlib import Path

import pytest
from sqlalchemy import URL


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that is not there yet, in a folder with a trying name."""
    folder = tmp_path / "fol%der"
    folder.mkdir()
    return URL.create("sqlite+aiosqlite", database=str(folder / "music.db")).render_as_string()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, empty."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found
