"""Trains the mood weights from the prototype lines, with the extra `languages` installed.

    python scripts/train_mood.py [english | multilingual]

Multinomial logistic regression with an L2 penalty on sentence embeddings, one for each embedding model. Moods count
alike, however many lines they have. The strength of the penalty and the temperature of the probabilities (Guo et al.,
"On Calibration of Modern Neural Networks", 2017) are chosen by cross-validation over the prototypes. The same lines on
the same machine give the same files, byte for byte.
"""

# ruff: noqa: INP001, T201 - a script speaks on stdout and belongs to no package

import hashlib
import os
import re
import sys
from pathlib import Path

# Before anything multiplies: several threads would add in another order each time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dalsegno.models import MOODS  # noqa: E402 - the repository's root comes onto the path first
from dalsegno.scenes.mood import HEADS, Ear, embedder_of  # noqa: E402

PROTOTYPES = ROOT / "scripts" / "mood_prototypes.txt"
PENALTIES = (2.5e-5, 5e-5, 1e-4)
FOLDS = 5
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


def centred(vectors: NDArray[np.float32]) -> tuple[Matrix, Matrix, float]:
    """Vectors centred and scaled to a mean length of 1; the centre; the length before."""
    # The vectors of some models all point much the same way: what tells texts apart is the rest.
    centre = vectors.mean(axis=0, dtype=np.float64)
    rows = vectors - centre
    length = float(np.sqrt((rows**2).sum(axis=1).mean()))
    return rows / length, centre, length


def penalty_of(ear: Ear) -> float:
    """The strength of the penalty that the weights as they are were trained with."""
    with np.load(ROOT / "dalsegno" / "scenes" / HEADS[ear]) as head:
        return float(head["penalty"])


def fit(rows: Matrix, moods: Labels, penalty: float) -> tuple[Matrix, Matrix]:
    """Weights (features x moods) and bias (moods) that minimise cross-entropy plus the penalty."""
    count, features = rows.shape
    size = features * len(MOODS)
    wanted = np.eye(len(MOODS))[moods]
    # Of a common mood each line counts less.
    counts = (count / len(MOODS) / np.bincount(moods, minlength=len(MOODS)))[moods][:, None] / count

    def loss(parameters: Matrix) -> tuple[float, Matrix]:
        weights, bias = parameters[:size].reshape(features, -1), parameters[size:]
        scores = rows @ weights + bias
        error = counts * (softmax(scores, axis=1) - wanted)
        value = -(counts * wanted * log_softmax(scores, axis=1)).sum() + penalty * (weights**2).sum()
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


def train(ear: Ear, texts: list[str], moods: Labels) -> None:
    """Trains the weights for one embedding model, says how well, and writes them."""
    rows, centre, length = centred(embedder_of(ear).vectors(texts))
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
    head = ROOT / "dalsegno" / "scenes" / HEADS[ear]
    np.savez(
        head,
        weights=(weights / length / temperature).astype(np.float32),
        bias=((bias - centre @ weights / length) / temperature).astype(np.float32),
        penalty=np.array(penalty),
        prototypes_sha256=np.array(hashlib.sha256(PROTOTYPES.read_bytes()).hexdigest()),
    )
    print(f"{len(texts)} lines, penalty {penalty:g}: {head.relative_to(ROOT)}")


def main() -> None:
    """Trains the weights for both embedding models, or for the one that is named."""
    texts, moods = read_lines(PROTOTYPES)
    for ear in [ear for ear in HEADS if ear in (sys.argv[1:] or HEADS)]:
        print(ear)
        train(ear, texts, moods)


if __name__ == "__main__":
    main()
