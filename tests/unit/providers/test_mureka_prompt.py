"""The prompt for Mureka: all that a brief says, in the order of importance where it is too long."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalsegno.models import MOODS, MusicBrief, ReferenceSong, Scene
from dalsegno.providers.mureka_prompt import LONGEST_PROMPT, prompt_of
from dalsegno.providers.scene_arc import arc_within

text = st.text(max_size=2_000)
moods = st.sampled_from(MOODS)


def scenes_of(turns: Sequence[tuple[float, str, float]]) -> list[Scene]:
    """Scenes without gaps, from lengths, moods and energies."""
    scenes, start = [], 0.0
    for length, mood, energy in turns:
        scenes.append(
            Scene.model_validate({"start": start, "end": start + length, "mood": mood, "energy": energy})
        )
        start += length
    return scenes


all_scenes = st.lists(st.tuples(st.floats(0.1, 60), moods, st.floats(0, 100)), max_size=60).map(scenes_of)
references = st.builds(
    ReferenceSong,
    title=st.none() | st.text(max_size=300),
    artist=st.none() | st.text(max_size=300),
    bpm=st.none() | st.floats(),
    key=st.none() | st.text(max_size=50),
    mood=st.none() | moods,
)
instruments = st.lists(st.text("abc dé中", min_size=1, max_size=40).map(str.strip).filter(bool), max_size=16)
briefs = st.builds(
    MusicBrief,
    duration=st.floats(5, 600),
    seed=st.just(0),
    mood=st.none() | moods,
    prompt=text,
    instruments=instruments,
    scenes=all_scenes,
    reference=st.none() | references,
)


def test_a_full_brief_is_told_part_by_part() -> None:
    """In the order that the service is used to."""
    brief = MusicBrief(
        duration=90,
        seed=1,
        mood="tense",
        prompt="A chase over roofs.",
        instruments=["strings", "taiko"],
        scenes=scenes_of([(34, "calm", 20), (36, "tense", 70), (20, "sad", 30)]),
        reference=ReferenceSong(title="Time", artist="Hans Zimmer", bpm=119.6, key="D minor"),
    )
    assert prompt_of(brief) == (
        'A chase over roofs. Style similar to "Time" by Hans Zimmer. Tempo: around 120 BPM. Key: D minor. '
        "Mood: tense. Instruments: strings, taiko. "
        "Scenes: 0:00 calm and low, 0:34 rising to tense, 1:10 falling to sad. "
        "Duration: 90 seconds. Instrumental only, no vocals. Suitable for video background music"
    )


def test_what_is_not_known_is_left_out() -> None:
    """Nothing is made up."""
    assert prompt_of(MusicBrief(duration=12.5, seed=1)) == (
        "Duration: 12.5 seconds. Instrumental only, no vocals. Suitable for video background music"
    )


def test_the_reference_gives_the_mood_where_nothing_else_does() -> None:
    """As it does for the built-in composer."""
    brief = MusicBrief(duration=10, seed=1, reference=ReferenceSong(mood="dark", artist="X"))
    assert prompt_of(brief).startswith("Style similar to X. Mood: dark. ")


@given(briefs)
def test_the_essential_is_always_told_on_one_line_within_the_limit(brief: MusicBrief) -> None:
    """However much there is."""
    prompt = prompt_of(brief)
    assert len(prompt) <= LONGEST_PROMPT
    assert "\n" not in prompt
    assert not any("\ud800" <= character <= "\udfff" or ord(character) < 32 for character in prompt)
    assert prompt.encode()
    assert prompt.endswith(
        f"Duration: {brief.duration:g} seconds. Instrumental only, no vocals. Suitable for video background music"
    )
    if brief.mood:
        assert f"Mood: {brief.mood}. " in prompt
    for instrument in brief.instruments:
        assert " ".join(instrument.split()) in prompt


@given(briefs, st.integers(20, 300))
def test_tempo_is_told_however_long_the_rest_is(brief: MusicBrief, bpm: int) -> None:
    """The video may be cut to it."""
    brief = brief.model_copy(update={"reference": ReferenceSong(bpm=float(bpm), key="F sharp minor")})
    assert f"Tempo: around {bpm} BPM. Key: F sharp minor. " in prompt_of(brief)


@given(st.binary(min_size=250, max_size=400), all_scenes)
def test_a_long_wish_is_cut_at_a_word(lengths: bytes, scenes: list[Scene]) -> None:
    """And fills the room that there is."""
    wish = " ".join("pianissimamente"[: 1 + length % 12] for length in lengths)
    prompt = prompt_of(MusicBrief(duration=10, seed=1, prompt=wish, scenes=scenes))
    kept = prompt.split(". ")[0]
    assert wish.startswith(kept)
    assert kept == wish or wish[len(kept)] == " "
    assert kept == wish or len(prompt) > LONGEST_PROMPT - 13


def test_a_wish_without_blanks_is_cut_where_the_room_ends() -> None:
    """Not every language has them."""
    prompt = prompt_of(MusicBrief(duration=10, seed=1, prompt="静かな " + "夜" * 1_500))
    assert len(prompt) == LONGEST_PROMPT
    assert prompt.startswith("静かな 夜夜夜")


def test_the_arc_is_shortened_before_the_wish_is_cut() -> None:
    """The wish fits, and only just leaves room for some of the scenes."""
    scenes = scenes_of([(7, MOODS[number % 10], number * 37 % 100) for number in range(40)])
    wish = ("calm piano " * 70).strip()
    prompt = prompt_of(MusicBrief(duration=280, seed=1, prompt=wish, scenes=scenes))
    assert prompt.startswith(f"{wish}. Scenes: 0:00 ")
    assert len(prompt) <= LONGEST_PROMPT


def test_a_long_wish_leaves_a_short_arc() -> None:
    """What makes the music fit its video is not lost to a long text."""
    scenes = scenes_of([(34, "calm", 20), (36, "epic", 90), (20, "sad", 30)])
    prompt = prompt_of(MusicBrief(duration=90, seed=1, prompt="calm piano " * 180, scenes=scenes))
    assert "Scenes: 0:00 calm and low, 0:34 rising to epic, 1:10 falling to sad. " in prompt


@given(briefs)
def test_the_same_brief_gives_the_same_prompt(brief: MusicBrief) -> None:
    """An attempt later, on another machine."""
    assert prompt_of(brief) == prompt_of(brief.model_copy(deep=True))


@pytest.mark.parametrize(
    ("turns", "arc"),
    [
        ([], ""),
        ([(10, "calm", 10)], "0:00 calm and very low"),
        ([(70, "dark", 50), (10, "epic", 55)], "0:00 dark and moderate, 1:10 turning epic"),
        ([(10, "sad", 70), (10, "sad", 20), (10, "sad", 90)], "0:00 sad and high, 0:10 falling, 0:20 rising"),
        ([(10, "calm", 20), (10, "calm", 25), (10, "calm", 28)], "0:00 calm and low"),
        ([(599, "epic", 100), (1, "neutral", 0)], "0:00 epic and very high, 9:59 falling to neutral"),
    ],
)
def test_the_arc_in_words(turns: list[tuple[float, str, float]], arc: str) -> None:
    """Where it begins, and how it goes on."""
    assert arc_within(scenes_of(turns), 1_000) == arc


def test_the_smallest_changes_are_left_out_first() -> None:
    """What is left is the arc as seen from further away."""
    scenes = scenes_of([(10, "calm", 10), (10, "calm", 22), (10, "epic", 95), (10, "epic", 80)])
    assert arc_within(scenes, 60) == "0:00 calm and very low, 0:20 rising to epic, 0:30 falling"
    assert arc_within(scenes, 50) == "0:00 calm and very low, 0:20 rising to epic"
    assert arc_within(scenes, 30) == "0:00 calm and very low"
    assert arc_within(scenes, 10) == ""


@given(all_scenes, st.integers(-10, 400))
def test_the_arc_keeps_to_its_room_and_to_the_order_of_time(scenes: list[Scene], longest: int) -> None:
    """Whatever the scenes are."""
    arc = arc_within(scenes, longest)
    assert len(arc) <= max(longest, 0)
    clocks = [part.split(" ")[0].split(":") for part in arc.split(", ") if part]
    times = [60 * int(minutes) + int(seconds) for minutes, seconds in clocks]
    assert times == sorted(times)
    assert times[:1] == [0][: len(times)]


def test_the_arc_fills_the_room_that_a_short_wish_leaves() -> None:
    """Its share is only what it has before the wish is cut."""
    scenes = scenes_of([(10, MOODS[number % 10], number * 37 % 100) for number in range(20)])
    prompt = prompt_of(MusicBrief(duration=200, seed=1, prompt="Piano", scenes=scenes))
    assert f"Scenes: {arc_within(scenes, 1_000)}. " in prompt
    assert len(arc_within(scenes, 1_000)) > 300


def test_the_fullest_brief_that_there_can_be_keeps_the_essential() -> None:
    """Not a word of the wish is left then, or few."""
    instruments = [f"{number:02}{'i' * 38}" for number in range(16)]
    brief = MusicBrief(
        duration=599.125,
        seed=1,
        mood="inspiring",
        prompt="w" * 2_000,
        instruments=instruments,
        scenes=scenes_of([(10, MOODS[number % 10], number * 37 % 100) for number in range(60)]),
        reference=ReferenceSong(title="t" * 300, artist="a" * 300, bpm=120.0, key="k" * 300),
    )
    prompt = prompt_of(brief)
    assert len(prompt) <= LONGEST_PROMPT
    assert f"Tempo: around 120 BPM. Key: {'k' * 20}. Mood: inspiring. " in prompt
    assert f"Instruments: {', '.join(instruments)}. " in prompt
    assert "Duration: 599.125 seconds. Instrumental only, no vocals. " in prompt
