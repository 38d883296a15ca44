"""How long a look-up in the catalogue takes, against its size; what a track takes to add, and on the disk.

    python -m bench.lookup [TRACKS …]

On SQLite and PostgreSQL. Fingerprints are random numbers, 2,000 sub-fingerprints a track as of a song of four minutes,
and excerpts have errors in every thirtieth bit: for size and time alone. What is timed is the product's own look-up,
from an excerpt's fingerprints to the match, and its own adding; only the filling goes by the shortest way.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from dalsegno.ports import CatalogTrack
from dalsegno.records.catalog import SqlCatalog
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.reference.recognition.catalogue import best_match
from dalsegno.reference.recognition.fingerprint import BITS, PHASES, SubFingerprints, keys, packed
from tests.support.postgresql import postgresql_server

SIZES = (1_000, 10_000)
LENGTH, EXCERPT = 2_000, 100
# Look-ups a round. The best round counts: the others tell what the machine was doing besides.
LOOKUPS, ROUNDS, ADDED = 200, 5, 50
WRONG_BITS = 1 / 30
# Of an excerpt of real music, 98 of a hundred sub-fingerprints are different, and of its four phases together 272.
IN_COMMON = 0.4
# What is promised: 99 of 100 look-ups take less, in ms, up to this size; and ten times as many tracks take less than so
# many times as long.
P99_MS, UP_TO, MOST_GROWTH = 20.0, 10_000, 3.0
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
# Rows that are written at once while filling.
_ROWS = 500_000


def main() -> int:
    """Measures, prints the table, and returns 1 if a promise is broken."""
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    say(f"{'':<12}{'tracks':>8}{'p50 ms':>8}{'p99 ms':>8}{'add ms':>8}{'KiB a track':>13}")
    broken = False
    with tempfile.TemporaryDirectory() as folder, postgresql_server() as server:
        for kind in ("sqlite", "postgresql"):
            medians = []
            for size in sizes:
                if kind == "postgresql":
                    with server.database() as database:
                        figures = asyncio.run(measure(server.url(database), size))
                else:
                    figures = asyncio.run(measure(f"sqlite+aiosqlite:///{folder}/{size}.db", size))
                median, p99, adding, kib = figures
                medians.append(median)
                say(f"{kind:<12}{size:>8,}{median:>8.1f}{p99:>8.1f}{adding:>8.1f}{kib:>13.1f}")
                broken |= size <= UP_TO and p99 >= P99_MS
            growth = medians[-1] / medians[0]
            broken |= len(sizes) > 1 and growth >= MOST_GROWTH
            say(f"{kind:<12}{sizes[-1] / sizes[0]:g} times the tracks: {growth:.1f} times the time")
    return int(broken)


async def measure(url: str, size: int) -> tuple[float, float, float, float]:
    """Median and 99th percentile of a look-up, median of adding, in ms; KiB a track on the disk."""
    await migrate(url)
    engine = create_engine(url, statement_seconds=1_800)  # filling takes its time
    database = Database(engine)
    catalog = SqlCatalog(database)
    try:
        await fill(engine, url, size)
        adding = [await timed_adding(catalog, size + number) for number in range(ADDED)]
        rounds = [await timed_lookups(catalog, size, seed) for seed in range(ROUNDS)]
        kib = await stored_bytes(engine, url) / (size + ADDED) / 1_024
    finally:
        await database.close()
    p50, p99 = (min(float(np.percentile(taken, part)) for taken in rounds) for part in (50, 99))
    return p50, p99, float(np.median(adding)), kib


async def timed_lookups(catalog: SqlCatalog, size: int, seed: int) -> list[float]:
    """How long each look-up of a round takes, in ms."""
    chance, taken = np.random.default_rng(seed), []
    for _ in range(LOOKUPS):
        number = int(chance.integers(size))
        excerpt = excerpt_of(fingerprint(number), chance)
        began = time.perf_counter()
        match = await best_match(catalog, excerpt)
        taken.append(1_000 * (time.perf_counter() - began))
        assert match
        assert match.track.track_id == f"{number:032x}"
    return taken


def fingerprint(number: int) -> SubFingerprints:
    """That of a track: always the same."""
    return np.random.default_rng([1, number]).integers(0, 2**32, LENGTH, dtype=np.uint32)


def excerpt_of(track: SubFingerprints, chance: np.random.Generator) -> list[SubFingerprints]:
    """The fingerprints of an excerpt with errors; phases have as much in common as those of real music."""
    begin = int(chance.integers(LENGTH - EXCERPT))
    there = track[begin : begin + EXCERPT]
    phases = [there ^ errors(chance)]
    while len(phases) < PHASES:
        as_before = chance.random(EXCERPT) < IN_COMMON
        phases.append(np.where(as_before, phases[-1], there ^ errors(chance)))
    return phases


def errors(chance: np.random.Generator) -> SubFingerprints:
    """Which bits are the other way round."""
    bits = chance.random((EXCERPT, BITS)) < WRONG_BITS
    return np.packbits(bits, axis=1).view(np.uint32)[:, 0]


async def timed_adding(catalog: SqlCatalog, number: int) -> float:
    """How long a track takes to add, in ms, from its fingerprint on."""
    found = fingerprint(number)
    began = time.perf_counter()
    assert await catalog.add(track_of(number), packed(found), keys([found]))
    return 1_000 * (time.perf_counter() - began)


def track_of(number: int) -> CatalogTrack:
    """A track."""
    return CatalogTrack(f"{number:032x}", f"Track {number}", None, 250.0, NOON)


async def fill(engine: AsyncEngine, url: str, size: int) -> None:
    """Writes the rows of so many tracks, in the order of the index, which is the quickest way."""
    if url.startswith("sqlite"):
        path = url.partition(":///")[2]
        await engine.dispose()
        await asyncio.to_thread(fill_sqlite, path, size)
        return
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        for rows in rows_of_tracks(size):
            await driver.copy_records_to_table("catalog_tracks", records=rows, columns=TRACK_COLUMNS)
        for keyed in rows_of_keys(size):
            await driver.copy_records_to_table("catalog_keys", records=keyed, columns=["key", "number"])
        await driver.execute("SELECT setval('catalog_tracks_number_seq', $1)", size)
        await driver.execute("VACUUM ANALYZE")  # as the server does by itself, a little later


TRACK_COLUMNS = ("number", "track_id", "title", "seconds", "added_at", "fingerprint")


def fill_sqlite(path: str, size: int) -> None:
    """The same for SQLite."""
    connection = sqlite3.connect(path)
    question = f"INSERT INTO catalog_tracks ({', '.join(TRACK_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
    for rows in rows_of_tracks(size):
        connection.executemany(question, [(*row[:4], "2026-11-01 12:00:00.000000", row[5]) for row in rows])
    for keyed in rows_of_keys(size):
        connection.executemany("INSERT INTO catalog_keys VALUES (?, ?)", keyed)
    connection.commit()
    connection.close()


def rows_of_tracks(size: int) -> Iterator[list[tuple[int, str, str, float, datetime, bytes]]]:
    """The rows of `catalog_tracks`, some at a time."""
    for begin in range(0, size, 1_000):
        yield [
            (number + 1, f"{number:032x}", f"Track {number}", 250.0, NOON, packed(fingerprint(number)))
            for number in range(begin, min(begin + 1_000, size))
        ]


def rows_of_keys(size: int) -> Iterator[list[tuple[int, int]]]:
    """The rows of `catalog_keys`, sorted, some at a time."""
    of_all = np.concatenate([fingerprint(number) for number in range(size)]).view(np.int32)
    numbers = np.repeat(np.arange(1, size + 1), LENGTH)
    # Both in one number, so that what a track has twice is there once.
    rows = np.unique(of_all.astype(np.int64) << 32 | numbers)
    for begin in range(0, len(rows), _ROWS):
        some = rows[begin : begin + _ROWS]
        yield list(zip((some >> 32).tolist(), (some & 0xFFFFFFFF).tolist(), strict=True))


async def stored_bytes(engine: AsyncEngine, url: str) -> int:
    """What the catalogue takes on the disk, its indexes with it."""
    if url.startswith("sqlite"):
        question = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        question = "SELECT pg_total_relation_size('catalog_tracks') + pg_total_relation_size('catalog_keys')"
    async with engine.connect() as connection:
        return int((await connection.execute(text(question))).scalar_one())


def say(line: str) -> None:
    """Prints a line."""
    print(line, flush=True)  # noqa: T201  (a benchmark prints)


if __name__ == "__main__":
    sys.exit(main())
