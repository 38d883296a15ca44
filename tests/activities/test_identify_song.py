"""The step identifying: who is asked, what is measured, and what a service that is away costs."""

import dataclasses
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.identify_song import ATTEMPTS, IdentifiedSong, IdentifySong, SongIdentification
from activities.scratch import Scratch
from dalsegno.errors import AuthenticationFailed, ObjectMissing, ProviderUnavailable
from dalsegno.models import ReferenceClip, StoredObject
from dalsegno.ports import Recognition
from dalsegno.storage.memory import MemoryObjectStore
from tests.support.synthetic_music import ffmpeg, piece, write

KEY = "staging/job-1/0/clip.wav"


class Recogniser:
    """Answers always the same; notes the length of what it was shown, in seconds."""

    def __init__(self, answer: Recognition | Exception | None) -> None:
        self.answer = answer
        self.shown: list[float] = []

    async def recognise(self, clip: Path) -> Recognition | None:
        """The answer."""
        with wave.open(str(clip)) as file:
            self.shown.append(file.getnframes() / file.getframerate())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def store(tmp_path: Path) -> MemoryObjectStore:
    """A store with a clip."""
    write(tmp_path / "mono.wav", piece(1, 15))
    ffmpeg("-i", tmp_path / "mono.wav", "-ac", "2", "-ar", "44100", tmp_path / "clip.wav")
    store = MemoryObjectStore()
    await store.put(KEY, tmp_path / "clip.wav", content_type="audio/wav")
    return store


def order(**changes: object) -> IdentifySong:
    """The order to identify it."""
    stored = StoredObject(key=KEY, bytes=1, sha256="0" * 64)
    clip = ReferenceClip(clip=stored, seconds=15.0, title="Tagged", artist=None)
    return IdentifySong(clip=clip.model_copy(update=changes), mood=None)


async def identify(
    store: MemoryObjectStore, scratch: Scratch, *recognisers: Recogniser, attempt: int = 1
) -> IdentifiedSong:
    """Runs the activity, as its so-many-eth attempt."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, attempt=attempt, start_to_close_timeout=timedelta(minutes=5)
    )
    step = SongIdentification(store, scratch, recognisers)
    return await environment.run(step.identify_song, order())


async def test_a_song_gets_its_name_and_is_measured(store: MemoryObjectStore, scratch: Scratch) -> None:
    """The whole clip is shown to whoever knows songs."""
    knows = Recogniser(Recognition("Song", "Ada", 0.97, "catalog", 3.5))
    found = await identify(store, scratch, Recogniser(None), knows)
    song = found.song
    assert (song.title, song.artist, song.confidence, song.method) == ("Song", "Ada", 0.97, "catalog")
    assert knows.shown == [pytest.approx(15, abs=0.01)]
    assert found.notes == []


async def test_a_service_that_is_away_is_asked_again_by_later_attempts(
    store: MemoryObjectStore, scratch: Scratch
) -> None:
    """The last of them goes on without it, and says so: music doesn't depend on a name."""
    away = Recogniser(ProviderUnavailable("AudD can't be reached."))
    for attempt in (1, ATTEMPTS - 1):
        with pytest.raises(ProviderUnavailable):
            await identify(store, scratch, away, attempt=attempt)
    found = await identify(store, scratch, away, attempt=ATTEMPTS)
    assert (found.song.title, found.song.confidence, found.song.method) == ("Tagged", None, "metadata")
    assert found.notes == ["AudD can't be reached."]


async def test_a_wrong_token_costs_no_job_its_music(store: MemoryObjectStore, scratch: Scratch) -> None:
    """At the first attempt already: it would be no other at the next."""
    found = await identify(store, scratch, Recogniser(AuthenticationFailed("AudD refuses the token.")))
    assert (found.song.method, found.notes) == ("metadata", ["AudD refuses the token."])


async def test_a_clip_that_is_gone_is_told(scratch: Scratch) -> None:
    """By whoever keeps it."""
    with pytest.raises(ObjectMissing):
        await identify(MemoryObjectStore(), scratch)
