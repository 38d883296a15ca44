"""Recognition of real music by the catalogue: who is found, who is taken for somebody else, and where the line is.

    python -m bench.recognition

All tracks of five Debian packages are added to a catalogue. Excerpts of 15 seconds of them are cut, made worse in
several ways, and looked for. Then each track is left out in turn, with whatever is the same recording, and its
excerpts are looked for again: whatever is found then is wrong. All by the product's own code, on SQLite.
"""

import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from dalsegno.errors import UnsupportedSource
from dalsegno.ports import CatalogCandidate, CatalogTrack
from dalsegno.records.catalog import SqlCatalog
from dalsegno.records.database import Database
from dalsegno.records.engine import create_engine
from dalsegno.records.migrate import migrate
from dalsegno.reference.recognition.catalogue import THRESHOLD, add_file, best_match
from dalsegno.reference.recognition.chromaprint import read_excerpt
from dalsegno.reference.recognition.fingerprint import SubFingerprints, align, keys, unpacked
from tests.support.debian_music import PACKAGES, can_fetch, fetch, tracks
from tests.support.synthetic_music import ffmpeg

SECONDS = 15.0
RATE = 44_100
# Excerpts a track: coded anew, and by each of the other ways.
CODED, WORSE = 4, 1
CODED_ANEW = "mp3 128k"
WAYS = (
    CODED_ANEW,
    "noise 20 dB, mp3 64k",
    "noise 10 dB, mp3 64k",
    "other music 6 dB softer over it",
    "telephone band, mp3 24k",
    "2 % faster",
)
# The same recording, once as it was and once mastered anew: heard, and the same in 29 of 30 bits.
EDITIONS = {"albums/aftermath_soundtrack/menu_enhanced": "warzone2100/music/menu"}
# What is promised: this part of the excerpts that were coded anew is found, and no excerpt is taken for another song.
LEAST_RECALL, MOST_FALSE = 0.99, 0
PLACE_SECONDS = 0.25


@dataclass(frozen=True)
class Excerpt:
    """An excerpt that was looked for.

    Attributes:
        found: the title of what was found; None if nothing was.
        place_error: by how many seconds its place is wrong.
        right: the score of the track that it is from, 0 if it was no candidate.
        wrong: the best score of all others.
        false: what was found where the track itself was left out.
    """

    way: str
    title: str
    found: str | None
    place_error: float
    right: float
    wrong: float
    false: str | None


class Without(SqlCatalog):
    """The catalogue without one recording."""

    def __init__(self, database: Database, title: str) -> None:
        super().__init__(database)
        self._title = title

    async def candidates(self, keys: Sequence[int], *, limit: int) -> list[CatalogCandidate]:
        """See Catalog."""
        found = await super().candidates(keys, limit=limit + 2)
        return [each for each in found if recording(each.track.title) != self._title][:limit]


class CalledByFile(SqlCatalog):
    """The catalogue, for a track that it calls by its file, so that one knows which is which."""

    def __init__(self, database: Database, path: Path) -> None:
        super().__init__(database)
        self._path = path

    async def add(self, track: CatalogTrack, fingerprint: bytes, keys: Sequence[int]) -> bool:
        """See Catalog."""
        return await super().add(replace(track, title=name(self._path)), fingerprint, keys)


def main() -> int:
    """Measures, prints the tables, and returns 1 if a promise is broken."""
    if not can_fetch():
        say("The music is in Debian's packages, which can't be fetched here: nothing was measured.")
        return 0
    for package in PACKAGES:
        fetch(package)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder)))


async def measure(folder: Path) -> int:
    """Adds the tracks, looks for the excerpts."""
    url = f"sqlite+aiosqlite:///{folder / 'music.db'}"
    await migrate(url)
    database = Database(create_engine(url))
    try:
        paths, lengths = await add_all(database, [path for package in PACKAGES for path in tracks(package)])
        say(f"{len(paths)} tracks, {sum(lengths) / len(lengths):.0f} s on average")
        at_once = asyncio.Semaphore(os.cpu_count() or 1)

        async def of_track(number: int) -> list[Excerpt]:
            async with at_once:
                return await excerpts(database, paths, lengths, number, folder / str(number))

        found = await asyncio.gather(*map(of_track, range(len(paths))))
    finally:
        await database.close()
    return report([excerpt for of_one in found for excerpt in of_one])


async def add_all(database: Database, paths: Sequence[Path]) -> tuple[list[Path], list[float]]:
    """Adds what can be read and is long enough; returns it, with its lengths in seconds."""
    added: list[tuple[Path, float]] = []
    for path in paths:
        try:
            track, _ = await add_file(CalledByFile(database, path), path, added_at=datetime.now(UTC))
        except UnsupportedSource as error:
            say(f"Left out: {error}")
            continue
        if track.seconds > 2 * SECONDS:
            added.append((path, track.seconds))
    return [path for path, _ in added], [seconds for _, seconds in added]


def name(path: Path) -> str:
    """What a file is called here: its package's folder counts, since several have a `menu`."""
    return f"{path.relative_to(path.parents[2]).parent}/{path.stem}"


def recording(title: str) -> str:
    """The recording that a track is of: one of them is there in two editions."""
    return EDITIONS.get(title, title)


async def excerpts(
    database: Database, paths: Sequence[Path], lengths: Sequence[float], number: int, folder: Path
) -> list[Excerpt]:
    """What comes of the excerpts of one track."""
    await asyncio.to_thread(folder.mkdir)
    chance = np.random.default_rng(number)
    other = paths[(number + 17) % len(paths)]
    found = []
    for way in WAYS:
        for _ in range(CODED if way == CODED_ANEW else WORSE):
            begin = float(chance.uniform(0, lengths[number] - SECONDS))
            heard = await asyncio.to_thread(worsened, way, paths[number], begin, other, chance, folder)
            found.append(
                await looked_for(database, way, name(paths[number]), begin, await read_excerpt(heard))
            )
    return found


async def looked_for(
    database: Database, way: str, title: str, begin: float, excerpt: list[SubFingerprints]
) -> Excerpt:
    """What is found of an excerpt, with its track and without it."""
    catalog = SqlCatalog(database)
    right = wrong = 0.0
    for track, fingerprint in await catalog.candidates(keys(excerpt), limit=24):
        alignment = align(excerpt, unpacked(fingerprint))
        score = alignment.score if alignment else 0.0
        if recording(track.title) == recording(title):
            right = max(right, score)
        else:
            wrong = max(wrong, score)
    try:
        match = await best_match(catalog, excerpt)
        false = await best_match(Without(database, recording(title)), excerpt)
    except UnsupportedSource:  # too uniform to be judged
        match = false = None
    return Excerpt(
        way,
        title,
        match.track.title if match else None,
        abs(match.seconds - begin) if match else 0.0,
        right,
        wrong,
        false.track.title if false else None,
    )


def worsened(
    way: str, path: Path, begin: float, other: Path, chance: np.random.Generator, folder: Path
) -> Path:
    """A file with an excerpt of a track, made worse."""
    target, cut = folder / "heard.mp3", ("-map", "0:a:0", "-ac", "1", "-ar", str(RATE))
    source = ("-ss", str(begin), "-t", str(SECONDS), "-i", path, *cut)
    if way == CODED_ANEW:
        ffmpeg(*source, "-b:a", "128k", target)
    elif way.startswith("telephone"):
        ffmpeg(*source, "-af", "highpass=300,lowpass=3400", "-ar", "8000", "-b:a", "24k", target)
    elif way == "2 % faster":
        ffmpeg(*source, "-af", f"asetrate={RATE * 1.02:.0f},aresample={RATE}", "-b:a", "128k", target)
    else:
        ffmpeg(*source, folder / "clean.wav")
        clean = soundfile.read(folder / "clean.wav")[0]
        if way.startswith("noise"):
            above, added = float(way.split()[1]), chance.standard_normal(len(clean))
        else:
            ffmpeg("-ss", "20", "-t", str(SECONDS), "-i", other, *cut, folder / "other.wav")
            above, added = 6.0, np.resize(soundfile.read(folder / "other.wav")[0], len(clean))
        level = np.sqrt(np.mean(clean**2) / max(np.mean(added**2), 1e-12)) * 10 ** (-above / 20)
        soundfile.write(folder / "worse.wav", clean + level * added, RATE)
        ffmpeg("-i", folder / "worse.wav", "-b:a", "64k", target)
    return target


def report(all_excerpts: Sequence[Excerpt]) -> int:
    """Prints the tables; returns 1 if a promise is broken."""
    by_way = defaultdict(list)
    for excerpt in all_excerpts:
        by_way[excerpt.way].append(excerpt)
    say(f"\n{'15 seconds':<34}{'tries':>6}{'recall':>8}{'place':>8}{'wrong':>7}{'false':>7}")
    for way, tried in by_way.items():
        same = [each for each in tried if each.found and recording(each.found) == recording(each.title)]
        placed = sum(each.place_error < PLACE_SECONDS for each in same) / max(len(same), 1)
        wrong = sum(each.found is not None for each in tried) - len(same)
        false = sum(each.false is not None for each in tried)
        say(f"{way:<34}{len(tried):>6}{len(same) / len(tried):>8.3f}{placed:>8.3f}{wrong:>7}{false:>7}")
    say("place: of those found, within a quarter of a second · wrong: another song was found")
    say("false: with the song itself left out, something was found")
    for each in all_excerpts:
        if each.false:
            say(f"  {each.title} was taken for {each.false}")
    coded = by_way[CODED_ANEW]
    say(f"\nThe line, by excerpts that were coded anew (it is drawn at {THRESHOLD:g}):")
    say(f"{'score at least':<16}{'right song':>12}{'likeliest wrong one':>22}")
    for line in (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.98):
        right = sum(each.right >= line for each in coded) / len(coded)
        wrong_share = sum(each.wrong >= line for each in coded) / len(coded)
        say(f"{line:<16.2f}{right:>12.3f}{wrong_share:>22.3f}")
    everywhere = max(each.wrong for each in all_excerpts)
    say(f"lowest right score {min(each.right for each in coded):.3f}, highest wrong one {everywhere:.3f}")
    recall = sum(each.found is not None and each.right >= THRESHOLD for each in coded) / len(coded)
    false = sum(each.false is not None for each in all_excerpts)
    return int(recall < LEAST_RECALL or false > MOST_FALSE)


def say(text: str) -> None:
    """Prints a line."""
    print(text, flush=True)  # noqa: T201  (a benchmark prints)


if __name__ == "__main__":
    sys.exit(main())
