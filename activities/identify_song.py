"""Step identifying: which song the reference is, and its tempo, key and mood."""

from collections.abc import Sequence
from pathlib import Path

from temporalio import activity

from activities.heartbeat import Heartbeat, heartbeat, unless_shutdown
from activities.processes import bad_luck, run_in_process
from activities.scratch import Scratch
from dalsegno.errors import ProcessEndedError
from dalsegno.models import Model, Mood, ReferenceClip, ReferenceSong
from dalsegno.ports import LocalClip, ObjectStore, SongRecogniser
from dalsegno.reference.recognition.naming import name_song
from dalsegno.reference.song import describe_song

# After so many attempts, with the waits between them a minute or more, the job goes on without what a recogniser
# would have said: its music does not depend on a name.
ATTEMPTS = 5
# How much of the step is done when the song has its name.
NAMED = 0.2


class IdentifySong(Model):
    """The clip, and the mood that the music is to have, where that is known: it decides between octaves of a tempo."""

    clip: ReferenceClip
    mood: Mood | None


class IdentifiedSong(Model):
    """What is known of the song, and what is worth telling about how it was found."""

    song: ReferenceSong
    notes: list[str]


class SongIdentification:
    """The activity of the step identifying.

    Args:
        store: where the clip lies.
        scratch: where files are kept meanwhile.
        recognisers: in the order in which they are asked.
    """

    def __init__(self, store: ObjectStore, scratch: Scratch, recognisers: Sequence[SongRecogniser]) -> None:
        self._store = store
        self._scratch = scratch
        self._recognisers = recognisers

    @activity.defn
    async def identify_song(self, identifying: IdentifySong) -> IdentifiedSong:
        """Asks who knows the song, then measures it. Heartbeats; can be cancelled at any time.

        Raises:
            TemporaryError: a recogniser can't answer now; in the last of `ATTEMPTS` that is a note instead.
        """
        async with heartbeat() as beating, self._scratch.folder() as folder:
            return await unless_shutdown(self._identify(identifying, folder / "clip.wav", beating))

    async def _identify(self, identifying: IdentifySong, path: Path, beating: Heartbeat) -> IdentifiedSong:
        of_source = identifying.clip
        await self._store.get(of_source.clip.key, path)
        clip = LocalClip(path, of_source.seconds, of_source.title, of_source.artist)
        beating.report(0.0, "Looking for the song")
        try:
            name = await name_song(
                clip, self._recognisers, wait_for_answers=activity.info().attempt < ATTEMPTS
            )
        except ProcessEndedError as error:
            raise bad_luck(str(error)) from None

        def measuring(done: float, words: str) -> None:
            beating.report(NAMED + (1 - NAMED) * done, words)

        measuring(0.0, "Measuring tempo and key")
        song = await run_in_process(describe_song, measuring, path, name, identifying.mood)
        return IdentifiedSong(song=song, notes=name.notes)
