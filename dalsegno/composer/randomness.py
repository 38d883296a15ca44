"""Where chance comes from: one generator for each place in the piece that needs one."""

import hashlib
from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


def generator(seed: int, *place: str | int) -> np.random.Generator:
    """A generator that depends on the seed and the place alone, so that an edit elsewhere changes nothing here."""
    name = "\x1f".join(str(part) for part in (seed, *place))
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], "<u8")))


def shuffled(choices: tuple[Choice, ...], rng: np.random.Generator) -> list[Choice]:
    """All the choices in an order of chance, those named first likelier to come early."""
    weights = np.array([0.7**place for place in range(len(choices))])
    order = rng.choice(len(choices), len(choices), replace=False, p=weights / weights.sum())
    return [choices[int(place)] for place in order]
