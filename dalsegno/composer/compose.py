"""From a brief to a score."""

import math
from collections import defaultdict

from dalsegno.composer.arrange import Arranger, Notes, Setting
from dalsegno.composer.cast import Demands, cast, demands
from dalsegno.composer.form import Passage, labels, passages
from dalsegno.composer.moods import STYLES
from dalsegno.composer.motif import invent
from dalsegno.composer.outcomes import heard, of_reference, settled
from dalsegno.composer.prompt import FASTEST_BPM, SLOWEST_BPM, Wishes, read
from dalsegno.composer.randomness import generator
from dalsegno.composer.score import (
    STEMS,
    Cue,
    Note,
    Part,
    Score,
    Section,
    Stem,
)
from dalsegno.composer.tempo import Stretch, frame, suited, tempo_map
from dalsegno.composer.theory import Key, parse_key
from dalsegno.errors import InvalidRequest
from dalsegno.models import SAMPLE_RATE, Mood, MusicBrief, Scene

SHORTEST, LONGEST = 5.0, 600.0
LONGEST_TAIL = 1.6
# How far whole bars in short scenes may bend a tempo that was asked for.
ASKED_TOLERANCE = 0.01
# Decibels on top of each instrument's calibration, which is by single notes: found by comparing the stems'
# loudness over the moods. What was asked for comes a little forward.
LEVELS: dict[Stem, float] = {
    "drums": -3.5,
    "bass": 0.5,
    "keys": -1.5,
    "pads": -4.5,
    "lead": -3.5,
    "effects": -2.5,
}
ASKED_LEVEL = 2.0
PANS: dict[Stem, tuple[float, ...]] = {
    "drums": (0.0, -0.15, 0.15, 0.0),
    "bass": (0.0,),
    "keys": (-0.28, 0.3, -0.45, 0.5),
    "pads": (0.22, -0.25, 0.4, -0.4),
    "lead": (0.08, -0.12, 0.25, -0.3),
    "effects": (0.0, 0.0, -0.2, 0.2),
}


def compose(brief: MusicBrief) -> Score:
    """Composes a piece. The same brief gives the same score.

    Raises:
        InvalidRequest: if the duration is not between 5 and 600 seconds.
    """
    if not SHORTEST <= brief.duration <= LONGEST:
        raise InvalidRequest(f"The duration must be from {SHORTEST:g} to {LONGEST:g} seconds.")
    wishes = read(brief.prompt)
    scenes, overall = plan(brief, wishes)
    meter = chosen_meter(brief, overall, wishes)
    tempo = chosen_tempo(brief, overall, wishes, scenes, meter)
    asked = asked_tempo(brief, wishes) is not None
    stretches = frame([scene.start for scene in scenes], brief.duration, tempo, meter, asked=asked)
    home = home_key(brief, overall, wishes)
    fixed_key = wishes.key or reference_key(brief)
    # Between quick cuts there is no time for keys and modes of the scenes' own.
    home_plain = home.in_mode("minor" if home.is_minor else "major")
    wanted, instrument_reports = demands(brief.instruments, wishes)
    genre = wishes.genre
    form = passages(scenes, stretches, builds=wishes.builds, seed=brief.seed)
    last_chord = form[-1].bars[-form[-1].ring_out].start
    setting = Setting(
        seed=brief.seed,
        duration=brief.duration,
        tail=min(LONGEST_TAIL, brief.duration * 0.12, 0.4 * (brief.duration - last_chord)),
        tempo=tempo,
        meter=meter,
        motif=invent(generator(brief.seed, "motif")),
        second_motif=invent(generator(brief.seed, "second motif")),
        sevenths=bool(genre and genre.sevenths),
        walks=bool(genre and genre.walks),
        swing=genre.swing if genre else None,
        groove="waltz" if meter == 3 else genre.groove if genre else None,
        drums=genre.drums if genre else None,
    )
    casts = {
        (mood, quick): cast(mood, overall if quick else mood, brief.seed, wanted, wishes)
        for mood, quick in dict.fromkeys((passage.mood, passage.quick) for passage in form)
    }
    keys = [
        home_plain
        if passage.quick
        else key_of(passage.mood, overall, home, brief.seed, fixed=bool(fixed_key))
        for passage in form
    ]
    written = [
        Arranger(setting, passage, key, casts[passage.mood, passage.quick]).arrange()
        for passage, key in zip(form, keys, strict=True)
    ]
    sections = tuple(
        Section(
            label,
            passage.start,
            passage.end if index < len(form) - 1 else brief.duration,
            passage.mood,
            round(passage.energy, 1),
            tuple(sorted({name for (_, name), notes in found.items() if notes})),
            key.name,
        )
        for index, (label, passage, key, found) in enumerate(
            zip(labels(form), form, keys, written, strict=True)
        )
    )
    parts = gathered(written, wanted)
    return Score(
        title=title(brief, overall),
        duration=brief.duration,
        seed=brief.seed,
        key=home.name,
        mood=overall,
        reverb_seconds=STYLES[overall].reverb,
        tail=setting.tail,
        last_chord=last_chord,
        tempo_map=tempo_map(stretches),
        bars=tuple(bar for stretch in stretches for bar in stretch.bars),
        sections=sections,
        cues=tuple(cues(scenes, stretches, form, written)),
        parts=parts,
        instruments=tuple(heard(report, parts) for report in instrument_reports),
        prompt=tuple(settled(wishes, brief, home, parts, scenes=len(scenes))),
        reference=tuple(of_reference(brief, wishes)),
    )


def plan(brief: MusicBrief, wishes: Wishes) -> tuple[list[Scene], Mood]:
    """The scenes without gaps from 0 to the end, and the piece's mood."""
    inside = [scene for scene in brief.scenes if scene.start < brief.duration - 1 / SAMPLE_RATE]
    if not inside:
        reference = brief.reference.mood if brief.reference else None
        genre_mood = wishes.mood
        mood: Mood = brief.mood or genre_mood or reference or "neutral"
        energy = min(100.0, max(5.0, STYLES[mood].energy + wishes.force))
        return [Scene(start=0.0, end=brief.duration, mood=mood, energy=energy)], mood
    starts = [0.0, *(scene.start for scene in inside[1:])]
    ends = [*starts[1:], brief.duration]
    scenes = [
        Scene(
            start=start,
            end=end,
            mood=scene.mood,
            energy=min(100.0, max(0.0, scene.energy + wishes.force / 3)),
        )
        for scene, start, end in zip(inside, starts, ends, strict=True)
        if end > start
    ]
    time: dict[Mood, float] = defaultdict(float)
    for scene in scenes:
        time[scene.mood] += scene.end - scene.start
    dominant: Mood = max(time, key=lambda mood: time[mood])
    return scenes, brief.mood or dominant


def chosen_meter(brief: MusicBrief, overall: Mood, wishes: Wishes) -> int:
    """Beats a bar: as the prompt says, else one of the mood's."""
    if wishes.meter:
        return wishes.meter
    meters = STYLES[overall].meters if not wishes.genre else (4,)
    return int(generator(brief.seed, "meter").choice(meters))


def asked_tempo(brief: MusicBrief, wishes: Wishes) -> float | None:
    """The tempo that the prompt or the reference names, by octaves within what can be played."""
    given = wishes.bpm or (brief.reference.bpm if brief.reference else None)
    if not given or not 0 < given < math.inf:
        return None
    while given > FASTEST_BPM:
        given /= 2
    while given < SLOWEST_BPM:
        given *= 2
    return given


def chosen_tempo(brief: MusicBrief, overall: Mood, wishes: Wishes, scenes: list[Scene], meter: int) -> float:
    """The piece's tempo: the one that was asked for, or one that suits mood and scenes."""
    lengths = [scene.end - scene.start for scene in scenes]
    given = asked_tempo(brief, wishes)
    if given:
        bounds = given * (1 - ASKED_TOLERANCE), given * (1 + ASKED_TOLERANCE)
        return suited(given, lengths, meter, bounds) if len(scenes) > 1 else given
    low, high = STYLES[overall].tempo
    drawn = float(generator(brief.seed, "tempo").uniform(low, high))
    if wishes.tempo_factor:
        edge = low if wishes.tempo_factor < 1 else high if wishes.tempo_factor > 1 else (low + high) / 2
        drawn = edge * (1 + (wishes.tempo_factor - 1) / 2)
    bounds = min(low, drawn), max(high, drawn)
    return suited(round(drawn, 1), lengths, meter, bounds)


def reference_key(brief: MusicBrief) -> Key | None:
    """The reference song's key, if it is known and can be read."""
    return parse_key(brief.reference.key) if brief.reference and brief.reference.key else None


def home_key(brief: MusicBrief, overall: Mood, wishes: Wishes) -> Key:
    """The piece's key: the prompt's, the reference's, or by chance in one of the mood's modes."""
    given = wishes.key or reference_key(brief)
    if given:
        return given
    rng = generator(brief.seed, "key")
    tonic = int(rng.integers(12))
    modes = list(STYLES[overall].harmony)
    mode = modes[int(rng.integers(len(modes)))]
    if wishes.minor is not None and Key(tonic, mode).is_minor != wishes.minor:
        mode = "minor" if wishes.minor else "major"
    return Key(tonic, mode)


def key_of(mood: Mood, overall: Mood, home: Key, seed: int, *, fixed: bool) -> Key:
    """A scene's key: home where the mood can be played there, else its relative or another mode on the same tonic.

    Args:
        mood: the scene's.
        overall: the piece's; it is played at home.
        home: the piece's key.
        seed: the piece's.
        fixed: whether the key was given, so that its own scale must stay.
    """
    harmony = STYLES[mood].harmony
    if mood == overall or home.mode in harmony:
        return home
    modes = list(harmony)
    mode = modes[int(generator(seed, "mode", mood).integers(len(modes)))]
    same_gender = Key(0, mode).is_minor == Key(0, next(iter(STYLES[overall].harmony))).is_minor
    tonic_key = home if same_gender else home.relative()
    if fixed or tonic_key.mode in harmony or Key(0, mode).is_minor != tonic_key.is_minor:
        return tonic_key
    return tonic_key.in_mode(mode)


def gathered(written: list[Notes], wanted: Demands) -> tuple[Part, ...]:
    """All passages' notes as parts, with their place in the mix."""
    together: dict[tuple[Stem, str], list[Note]] = defaultdict(list)
    for found in written:
        for place, notes in found.items():
            together[place] += notes
    parts = []
    for stem in STEMS:
        names = [name for (other, name), notes in together.items() if other == stem and notes]
        for number, name in enumerate(names):
            level = LEVELS[stem] + (ASKED_LEVEL if name in wanted.names else 0.0)
            pan = PANS[stem][number % len(PANS[stem])]
            notes = sorted(
                together[stem, name], key=lambda note: (note.start, note.pitch, note.velocity, note.length)
            )
            parts.append(Part(stem, name, level, pan, tuple(notes)))
    return tuple(parts)


def cues(
    scenes: list[Scene], stretches: list[Stretch], form: list[Passage], written: list[Notes]
) -> list[Cue]:
    """What happens at each cut of the video."""
    found = []
    bars_before = 0
    for index, stretch in enumerate(stretches):
        opening = next(
            (notes for passage, notes in zip(form, written, strict=True) if passage.stretch == index), {}
        )
        names = tuple(sorted({name for (_, name), notes in opening.items() for note in notes if note.hit}))
        for number in range(stretch.first, stretch.first + stretch.scenes):
            scene = scenes[number]
            if number == 0:
                continue
            bar, beat, time = beat_at(stretch, scene.start)
            found.append(
                Cue(
                    scene.start,
                    bars_before + bar + 1,
                    round(beat + 1, 3),
                    round((time - scene.start) * 1000, 3),
                    round(stretch.bpm, 3),
                    f"{scenes[number - 1].mood} to {scene.mood}",
                    names,
                )
            )
        bars_before += len(stretch.bars)
    return found


def beat_at(stretch: Stretch, time: float) -> tuple[int, float, float]:
    """The bar of a stretch that holds a time, the beat within it, and that beat's time."""
    bar = max((index for index, bar in enumerate(stretch.bars) if bar.start <= time + 1e-9), default=0)
    beat = (time - stretch.bars[bar].start) * stretch.bpm / 60
    return bar, beat, stretch.time(stretch.bars[bar].beat + beat)


def title(brief: MusicBrief, overall: Mood) -> str:
    """A title of the mood's."""
    titles = STYLES[overall].title
    return titles[int(generator(brief.seed, "title").integers(len(titles)))]
