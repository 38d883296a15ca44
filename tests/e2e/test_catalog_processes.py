"""Several programs that add to one catalogue, and one that is killed in the midst of it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.records.tables import catalog_keys, catalog_tracks
from tests.support.command_line import ROOT
from tests.support.eventually import eventually
from tests.support.synthetic_music import piece, write

FILES = 4


@pytest.fixture
def songs(tmp_path: Path) -> list[str]:
    """Some files of music."""
    return [str(write(tmp_path / f"{seed}.flac", piece(seed, 12))) for seed in range(FILES)]


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with this version's tables."""
    found = f"sqlite+aiosqlite:///{tmp_path / 'music.db'}"
    if request.param == "postgresql":
        found = request.getfixturevalue("postgresql_url")
    await migrate(found)
    return found


async def adding(url: str, songs: list[str]) -> Process:
    """A program that adds them."""
    return await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "starter.py", "catalog", "add", "--json", *songs,
        env=os.environ | {"DALSEGNO_DATABASE_URL": url},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )  # fmt: skip


async def outcome(process: Process) -> list[dict[str, Any]]:
    """What it says it has done."""
    out, _ = await process.communicate()
    assert process.returncode == 0
    told: list[dict[str, Any]] = json.loads(out)
    return told


async def counted(url: str) -> tuple[int, int, int]:
    """How many tracks there are, how many have keys, and how many keys belong to no track."""
    database = Database(create_engine(url))
    numbers = select(catalog_tracks.c.number)
    async with database.reading() as connection:
        tracks = await connection.scalar(select(func.count()).select_from(catalog_tracks))
        with_keys = await connection.scalar(select(func.count(catalog_keys.c.number.distinct())))
        lost = await connection.scalar(
            select(func.count()).select_from(catalog_keys).where(catalog_keys.c.number.not_in(numbers))
        )
    await database.close()
    return tracks or 0, with_keys or 0, lost or 0


async def test_two_programs_add_the_same_music_once(url: str, songs: list[str]) -> None:
    """Each track is one's or the other's, and both name the same ids."""
    told = await asyncio.gather(*[outcome(await adding(url, songs)) for _ in range(2)])
    for one, other in zip(*told, strict=True):
        assert one["track_id"] == other["track_id"]
        assert one["added"] != other["added"]
    assert await counted(url) == (FILES, FILES, 0)


async def test_after_a_kill_the_same_call_goes_on(url: str, songs: list[str]) -> None:
    """What was added is whole, what was not is nowhere; together they are all."""
    process = await adding(url, songs)

    async def has_begun() -> bool:
        return process.returncode is not None or (await counted(url))[0] > 0

    await eventually(has_begun)
    if process.returncode is None:
        process.kill()
    await process.wait()
    tracks, with_keys, lost = await counted(url)
    assert (with_keys, lost) == (tracks, 0)

    told = await outcome(await adding(url, songs))
    assert [each["added"] for each in told].count(False) == tracks
    assert await counted(url) == (FILES, FILES, 0)
