"""Trains the mood weights from the prototype lines: `python scripts/train_mood.py`.

Multinomial logistic regression with an L2 penalty on sentence embeddings. The strength of the penalty and the
temperature of the probabilities (Guo et al., "On Calibration of Modern Neural Networks", 2017) are chosen by
cross-validation over the prototypes. The same lines on the same machine give the same file, byte for byte.
"""

# ruff: noqa: INP001, T201 - a script speaks on stdout and belongs to no package

import hashlib
import re
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dalsegno.models import MOODS  # noqa: E402 - the repository's root comes onto the path first
from dalsegno.scenes.minilm import Embedder  # noqa: E402

PROTOTYPES = ROOT / "scripts" / "mood_prototypes.txt"
HEAD = ROOT / "dalsegno" / "scenes" / "mood_head.npz"
PENALTIES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3)
FOLDS = 10
SEED = 1962

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def read_lines(path: Path) -> tuple[list[str], Labels]:
    """Lines of speech and their moods, as indices into `MOODS`, from a file with a `[mood]` heading for each."""
    texts: list[str] = []
    moods: list[int] = []
    mood = -1
    for line in path.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            mood = [*MOODS].index(heading[1])  # type: ignore[arg-type]  # a wrong heading is a ValueError
        elif line and not line.startswith("#"):
            texts.append(line)
            moods.append(mood)
    return texts, np.array(moods)


def embed(texts: list[str]) -> Matrix:
    """One row of 384 numbers for each text."""
    embedder = Embedder()
    tokens = embedder.tokenize(texts)
    rows = np.empty((len(texts), 384))
    for batch in embedder.batches(tokens):
        rows[batch] = embedder.embed([tokens[index] for index in batch])
    return rows


def fit(rows: Matrix, moods: Labels, penalty: float) -> tuple[Matrix, Matrix]:
    """Weights (features x moods) and bias (moods) that minimise cross-entropy plus the penalty."""
    count, features = rows.shape
    size = features * len(MOODS)
    wanted = np.eye(len(MOODS))[moods]

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        weights, bias = parameters[:size].reshape(features, -1), parameters[size:]
        scores = rows @ weights + bias
        error = (softmax(scores, axis=1) - wanted) / count
        value = -(wanted * log_softmax(scores, axis=1)).sum() / count + penalty * (weights**2).sum()
        return value, np.concatenate([(rows.T @ error + 2 * penalty * weights).ravel(), error.sum(axis=0)])

    start = np.zeros(size + len(MOODS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1_000})
    return found.x[:size].reshape(features, -1), found.x[size:]


def out_of_fold_scores(rows: Matrix, moods: Labels, penalty: float) -> Matrix:
    """Scores of each line by weights that were trained without it."""
    folds = np.empty(len(moods), dtype=np.int64)
    random = np.random.default_rng(SEED)
    for mood in range(len(MOODS)):
        members = random.permutation(np.flatnonzero(moods == mood))
        folds[members] = np.arange(len(members)) % FOLDS
    scores = np.empty((len(moods), len(MOODS)))
    for fold in range(FOLDS):
        weights, bias = fit(rows[folds != fold], moods[folds != fold], penalty)
        scores[folds == fold] = rows[folds == fold] @ weights + bias
    return scores


def cross_entropy(scores: Matrix, moods: Labels, temperature: float) -> float:
    """Mean negative log-probability of the right mood."""
    return float(-log_softmax(scores / temperature, axis=1)[np.arange(len(moods)), moods].mean())


def main() -> None:
    """Trains, says how well, and writes the weights."""
    texts, moods = read_lines(PROTOTYPES)
    rows = embed(texts)
    trials = []
    for penalty in PENALTIES:
        scores = out_of_fold_scores(rows, moods, penalty)
        temperature = float(
            minimize_scalar(
                lambda value, scores=scores: cross_entropy(scores, moods, value),
                bounds=(0.1, 3),
                method="bounded",
            ).x
        )
        loss = cross_entropy(scores, moods, temperature)
        accuracy = float((scores.argmax(axis=1) == moods).mean())
        print(f"penalty {penalty:g}: temperature {temperature:.2f}, loss {loss:.3f}, accuracy {accuracy:.3f}")
        trials.append((loss, penalty, temperature, scores))
    _, penalty, temperature, scores = min(trials, key=lambda trial: trial[0])
    for index, mood in enumerate(MOODS):
        print(f"  {mood:<10} {(scores[moods == index].argmax(axis=1) == index).mean():.2f}")

    weights, bias = fit(rows, moods, penalty)
    np.savez(
        HEAD,
        weights=(weights / temperature).astype(np.float32),
        bias=(bias / temperature).astype(np.float32),
        prototypes_sha256=np.array(hashlib.sha256(PROTOTYPES.read_bytes()).hexdigest()),
    )
    print(f"{len(texts)} lines, penalty {penalty:g}: {HEAD.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
