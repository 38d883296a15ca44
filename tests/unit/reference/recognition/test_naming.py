"""Who is asked for a song's name, and what happens where nobody can answer."""

from pathlib import Path

import pytest

from dalsegno.errors import AuthenticationFailed, DalSegnoError, ProviderBusy
from dalsegno.ports import LocalClip, Recognition
from dalsegno.reference.recognition.naming import NamedSong, name_song

CLIP = LocalClip(Path("clip.wav"), 15.0, "Tagged", "Tagger")
KNOWN = Recognition("Known", None, 0.97, "catalog", 12.5)


class Recogniser:
    """Answers always the same, and counts how often."""

    def __init__(self, answer: Recognition | DalSegnoError | None) -> None:
        self.answer = answer
        self.asked = 0

    async def recognise(self, clip: Path) -> Recognition | None:
        """The answer."""
        self.asked += 1
        if isinstance(self.answer, DalSegnoError):
            raise self.answer
        return self.answer


async def test_the_first_who_knows_the_song_names_it() -> None:
    """Nobody after it is asked: an answer may cost money. What the source says comes last."""
    before, knows, after = Recogniser(None), Recogniser(KNOWN), Recogniser(KNOWN)
    named = await name_song(CLIP, [before, knows, after], wait_for_answers=True)
    assert named == NamedSong("Known", None, 0.97, "catalog", 12.5, [])
    assert [each.asked for each in (before, knows, after)] == [1, 1, 0]


async def test_what_the_source_says_counts_without_a_confidence() -> None:
    """Where nobody knows the song."""
    named = await name_song(CLIP, [Recogniser(None)], wait_for_answers=True)
    assert named == NamedSong("Tagged", "Tagger", None, "metadata", None, [])
    only_artist = CLIP._replace(title=None)
    assert (await name_song(only_artist, [], wait_for_answers=True)).method == "metadata"


async def test_an_unknown_song_has_no_name() -> None:
    """None is invented."""
    nameless = CLIP._replace(title=None, artist=None)
    named = await name_song(nameless, [Recogniser(None)], wait_for_answers=True)
    assert named == NamedSong(None, None, None, "none", None, [])


@pytest.mark.parametrize("wait_for_answers", [True, False])
async def test_what_is_wrong_for_good_is_a_note_and_the_next_is_asked(*, wait_for_answers: bool) -> None:
    """A wrong token costs no job its music, and doesn't go unnoticed."""
    refused = Recogniser(AuthenticationFailed("AudD refuses the token."))
    named = await name_song(CLIP, [refused, Recogniser(KNOWN)], wait_for_answers=wait_for_answers)
    assert (named.title, named.notes) == ("Known", ["AudD refuses the token."])
    named = await name_song(CLIP, [refused], wait_for_answers=wait_for_answers)
    assert (named.method, named.notes) == ("metadata", ["AudD refuses the token."])


async def test_what_can_pass_by_itself_is_raised_or_a_note() -> None:
    """As the caller wants to try again, or not."""
    busy = Recogniser(ProviderBusy("AudD asks to slow down."))
    with pytest.raises(ProviderBusy):
        await name_song(CLIP, [busy, Recogniser(KNOWN)], wait_for_answers=True)
    named = await name_song(CLIP, [busy], wait_for_answers=False)
    assert (named.method, named.notes) == ("metadata", ["AudD asks to slow down."])
