"""Who is asked for a song's name, in which order, and what is done where nobody can answer. Pure.

A piece can be made without the name of its reference, so no recogniser may cost a job its music. But neither is one
passed over in silence: whoever could not answer is named in a note, with the reason.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from dalsegno.errors import PermanentError, TemporaryError
from dalsegno.ports import LocalClip, SongRecogniser


class NamedSong(NamedTuple):
    """What a song is called, and how one knows.

    Attributes:
        confidence: 0..1 as it was measured; None where none was.
        begins_at: where in the song the clip begins, in seconds; None where nobody tells.
        notes: what is worth telling about how the name was found, or why it was not.
    """

    title: str | None
    artist: str | None
    confidence: float | None
    method: Literal["catalog", "metadata", "audd", "none"]
    begins_at: float | None
    notes: list[str]


async def name_song(
    clip: LocalClip, recognisers: Sequence[SongRecogniser], *, wait_for_answers: bool
) -> NamedSong:
    """Asks the recognisers one after the other; where none knows the song, what the source says counts.

    Args:
        clip: the song.
        recognisers: in the order in which they are asked.
        wait_for_answers: raise what can pass by itself, for somebody who tries again later; else it becomes a note,
            as what is for good (a wrong token, say) always does.

    Raises:
        TemporaryError: a recogniser can't answer now, and `wait_for_answers` is set.
    """
    notes: list[str] = []
    for recogniser in recognisers:
        try:
            found = await recogniser.recognise(clip.path)
        except TemporaryError as error:
            if wait_for_answers:
                raise
            notes.append(str(error))
        except PermanentError as error:
            notes.append(str(error))
        else:
            if found:
                return NamedSong(*found, notes)
    method: Literal["metadata", "none"] = "metadata" if clip.title or clip.artist else "none"
    return NamedSong(clip.title, clip.artist, None, method, None, notes)
