"""Who plays what: the mood's palette, the genre, and before all else what was asked for."""

from dataclasses import dataclass

from dalsegno.composer.instrument_words import resolve
from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.moods import STYLES
from dalsegno.composer.prompt import Wishes
from dalsegno.composer.randomness import generator, shuffled
from dalsegno.composer.score import STEMS, InstrumentReport, Stem
from dalsegno.models import Mood


@dataclass(frozen=True)
class Cast:
    """The instruments of one mood.

    Attributes:
        players: by stem.
        asked: those that were asked for.
        asked_stems: stems whose players were asked for.
        hit: what marks a cut.
        only: whether nothing else may be heard.
    """

    players: dict[Stem, tuple[str, ...]]
    asked: frozenset[str]
    asked_stems: frozenset[Stem]
    hit: tuple[str, ...]
    only: bool


@dataclass(frozen=True)
class Demands:
    """What was asked for, by stem, and what must not be heard."""

    players: dict[Stem, tuple[str, ...]]
    names: frozenset[str]
    without: frozenset[str]
    without_stems: frozenset[Stem]
    only: bool


def demands(asked: list[str], wishes: Wishes) -> tuple[Demands, list[InstrumentReport]]:
    """Gives each instrument that was asked for a place, and reports what becomes of it.

    A request's own list goes before the prompt's words.
    """
    reports = [resolve(name) for name in asked]
    listed = [name for report in reports for name in report.played]
    names = list(dict.fromkeys(listed))
    for phrase in wishes.instruments:
        for name in resolve(phrase).played:
            if name not in names and name not in wishes.without:
                names.append(name)
    players: dict[Stem, list[str]] = {}
    for name in names:
        roles = CATALOGUE[name].roles
        free = [role for role in roles if role not in players]
        players.setdefault(free[0] if free else roles[0], []).append(name)
    if "lead" not in players:
        singers = [name for name in names if "lead" in CATALOGUE[name].roles]
        if singers:
            players["lead"] = singers[:1]
    without = wishes.without - set(listed)
    without_stems = {
        stem for stem in wishes.without_stems if not any(name in listed for name in players.get(stem, []))
    }
    fixed: dict[Stem, tuple[str, ...]] = {stem: tuple(found) for stem, found in players.items()}
    made = Demands(
        fixed, frozenset(names), frozenset(without), frozenset(without_stems), wishes.only and bool(names)
    )
    return made, reports


def cast(mood: Mood, pads: Mood, seed: int, wanted: Demands, wishes: Wishes) -> Cast:
    """Casts a mood.

    Args:
        mood: the scene's.
        pads: the mood whose pads play; between quick cuts those of one mood bind the others together.
        seed: the piece's.
        wanted: what was asked for.
        wishes: of the prompt, for its genre.
    """
    players: dict[Stem, tuple[str, ...]] = {}
    for stem in STEMS:
        if stem in wanted.without_stems:
            continue
        if stem in wanted.players:
            players[stem] = wanted.players[stem]
        elif not wanted.only:
            chosen = chosen_players(pads if stem == "pads" else mood, seed, stem, wanted, wishes)
            if chosen:
                players[stem] = chosen
    hits = tuple(
        name
        for name in STYLES[mood].hit
        if name not in wanted.without
        and not (wanted.only or "drums" in wanted.without_stems & set(CATALOGUE[name].roles))
    )
    sharp = tuple(
        name for names in players.values() for name in names if CATALOGUE[name].sharp and name in wanted.names
    )
    return Cast(players, wanted.names, frozenset(wanted.players), hits or sharp[:1], wanted.only)


def chosen_players(mood: Mood, seed: int, stem: Stem, wanted: Demands, wishes: Wishes) -> tuple[str, ...]:
    """The players of a stem for which nobody was asked: two leads, one of the others."""
    palette = STYLES[mood].palette.get(stem, ())
    order = shuffled(palette, generator(seed, "palette", mood, stem)) if palette else []
    if wishes.genre:
        order = [name for name in wishes.genre.instruments if CATALOGUE[name].roles[0] == stem] + order
    allowed = [name for name in dict.fromkeys(order) if name not in wanted.without]
    # A lead is told from its accompaniment by its sound.
    if stem == "lead":
        keys = wanted.players.get("keys", ())
        allowed = [name for name in allowed if name not in keys] or allowed
    return tuple(allowed[: 2 if stem == "lead" else 1])
