"""The mood of a line of speech: probabilities over the ten moods.

A sentence embedding and a multinomial logistic regression on it, trained by scripts/train_mood.py.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from dalsegno.models import MOODS
from dalsegno.scenes.minilm import Embedder


@cache
def _embedder() -> Embedder:
    return Embedder()


@cache
def _head() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (384 x 10) and bias (10), the temperature of the calibration taken in."""
    with as_file(files("dalsegno.scenes").joinpath("mood_head.npz")) as path, np.load(path) as head:
        return head["weights"], head["bias"]


def mood_probabilities(
    texts: Sequence[str], done: Callable[[int], None] | None = None
) -> NDArray[np.float64]:
    """Probabilities of the moods for each text.

    Args:
        texts: lines of speech; only the first 128 tokens of each count.
        done: told how many of the texts have been dealt with, after every batch.

    Returns:
        One row a text, one column a mood in the order of `MOODS`; rows sum to 1.
    """
    if not texts:
        return np.zeros((0, len(MOODS)))
    # Refrains and stock phrases are computed once.
    distinct: dict[str, list[int]] = {}
    for index, text in enumerate(texts):
        distinct.setdefault(text, []).append(index)
    copies = list(distinct.values())

    embedder, (weights, bias) = _embedder(), _head()
    tokens = embedder.tokenize(list(distinct))
    logits = np.empty((len(texts), len(MOODS)))
    finished = 0
    for batch in embedder.batches(tokens):
        rows = embedder.embed([tokens[index] for index in batch]) @ weights + bias
        for index, row in zip(batch, rows, strict=True):
            logits[copies[index]] = row
            finished += len(copies[index])
        if done is not None:
            done(finished)
    probabilities: NDArray[np.float64] = softmax(logits, axis=1)
    return probabilities
