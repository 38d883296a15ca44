"""The prompt is read, and what it comes to is reported."""

import pytest

from dalsegno.composer import Score, compose
from dalsegno.composer.instrument_words import resolve
from dalsegno.composer.prompt import read
from dalsegno.models import MusicBrief, ReferenceSong, Scene


def piece(prompt: str, **more: object) -> Score:
    """A piece of twenty seconds from a prompt."""
    return compose(MusicBrief.model_validate({"duration": 20.0, "seed": 5, "prompt": prompt, **more}))


def statuses(score: Score) -> dict[str, str]:
    """What became of which words."""
    return {report.words: report.status for report in score.prompt}


def test_key_and_tempo_in_numbers_are_kept() -> None:
    """The prompt "in F# minor, 90 bpm" gives that key and a tempo within three per cent."""
    score = piece("something in F# minor, 90 bpm")
    assert score.key == "F# minor"
    assert all(abs(mark.bpm / 90 - 1) < 0.03 for mark in score.tempo_map)
    assert statuses(score) == {"f# minor": "honoured", "90 bpm": "honoured"}


def test_no_drums_means_no_drums() -> None:
    """What a prompt excludes is not played, in a mood that would have it."""
    with_drums, without = piece("energetic"), piece("energetic, no drums")
    assert any(part.stem == "drums" for part in with_drums.parts)
    assert not any(part.stem == "drums" for part in without.parts)
    assert statuses(without)["no drums"] == "honoured"


def test_without_strings_or_piano_excludes_both() -> None:
    """Several exclusions in one clause all count."""
    score = piece("sad, without any strings or piano")
    names = {part.instrument for part in score.parts}
    assert not names & {"slow strings", "strings", "violin", "cello", "grand piano", "electric piano"}


def test_instruments_in_the_prompt_are_played() -> None:
    """A prompt's instruments carry the piece as a list's do."""
    score = piece("a calm piece for harp and flute")
    assert {"harp", "flute"} <= {part.instrument for part in score.parts}


def test_solo_means_nothing_else() -> None:
    """Asking for "solo piano" is a piano alone, but for the thud on cuts."""
    score = piece("solo piano, sad")
    assert {part.instrument for part in score.parts} == {"grand piano"}


def test_genre_brings_its_instruments_and_groove() -> None:
    """A lo-fi piece has its electric piano and drum machine."""
    names = {part.instrument for part in piece("lofi hip hop to study to").parts}
    assert {"electric piano", "808 kit"} <= names


def test_solo_holds_on_cuts_too() -> None:
    """Where nothing else may play, the cut is marked by what may."""
    scenes = [Scene(start=0, end=10, mood="sad", energy=70), Scene(start=10, end=20, mood="epic", energy=90)]
    score = piece("only harp", scenes=scenes)
    assert {part.instrument for part in score.parts} == {"harp"}
    assert [note for part in score.parts for note in part.notes if note.hit]


@pytest.mark.parametrize(
    ("prompt", "mood"),
    [
        ("a cheerful tune", "happy"),
        ("heartbroken", "sad"),
        ("uplifting corporate music", "inspiring"),
        ("creepy", "dark"),
        ("suspenseful", "tense"),
        ("wedding", "romantic"),
        ("something nobody has a word for", "neutral"),
    ],
)
def test_the_mood_is_read_where_none_is_given(prompt: str, mood: str) -> None:
    """Words of mood decide the mood of a brief without one."""
    assert piece(prompt).mood == mood


def test_a_mood_that_is_given_goes_before_the_prompt() -> None:
    """And the report says that the prompt's word was ignored."""
    score = piece("a cheerful tune", mood="dark")
    assert score.mood == "dark"
    assert statuses(score)["cheerful"] == "ignored"


def test_slow_and_fast_choose_the_tempo() -> None:
    """The same brief is slower or faster by words."""
    slow, fast = (piece(f"{word}, hopeful").tempo_map[0].bpm for word in ("slow", "fast"))
    assert slow < 0.9 * fast


def test_denied_words_do_not_count() -> None:
    """What is "not sad" is not sad, "not too fast" not fast."""
    wishes = read("not sad, not too fast")
    assert wishes.mood is None
    assert wishes.tempo_factor is None


def test_words_without_meaning_are_reported_as_ignored() -> None:
    """Whatever is not understood is said, not dropped."""
    assert statuses(piece("calm, purple elephants"))["purple elephants"] == "ignored"


def test_what_is_left_of_a_clause_is_reported_too() -> None:
    """Words beside those that were understood are not dropped."""
    left = [
        report.words for report in read("jazzy rhodes & vinyl crackle").reports if report.status == "ignored"
    ]
    assert left == ["vinyl crackle"]


def test_a_second_mood_is_said_to_come_too_late() -> None:
    """The first word of mood decides; the next is reported as ignored."""
    score = piece("intimate and melancholic")
    assert score.mood == "romantic"
    assert statuses(score) == {"intimate": "honoured", "melancholic": "ignored"}


def test_a_narrators_voice_is_no_choir() -> None:
    """Words that mostly mean something else in a sentence name no instrument there."""
    score = piece("calm, leave room for the narrator's voice")
    assert "voice oohs" not in {report.words for report in score.prompt}
    assert resolve("voice").played == ("voice oohs",)


@pytest.mark.parametrize("bpm", ["0", "7", "999", "9999"])
def test_a_tempo_beyond_all_music_is_ignored(bpm: str) -> None:
    """Numbers that are no tempo are reported and left aside."""
    score = piece(f"{bpm} bpm, calm")
    assert statuses(score)[f"{bpm} bpm"] == "ignored"
    assert 40 <= score.tempo_map[0].bpm <= 220


def test_the_reference_gives_key_and_tempo() -> None:
    """Tempo and key of a reference song are taken over."""
    score = piece("", mood="happy", reference=ReferenceSong(bpm=87.3, key="D minor", method="catalog"))
    assert score.key == "D minor"
    assert all(abs(mark.bpm / 87.3 - 1) < 0.03 for mark in score.tempo_map)


def test_the_reference_key_is_what_is_played() -> None:
    """All tones of the melody belong to the reference's key."""
    score = piece("", mood="happy", reference=ReferenceSong(key="A major", method="catalog"))
    scale = {(9 + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
    played = {note.pitch % 12 for part in score.parts if part.stem == "lead" for note in part.notes}
    assert played <= scale


def test_scenes_go_before_the_prompt_in_mood() -> None:
    """The sections have the moods of the plan."""
    scenes = [
        Scene(start=0, end=10, mood="sad", energy=30),
        Scene(start=10, end=20, mood="tense", energy=60),
    ]
    score = piece("cheerful", scenes=scenes)
    assert {section.mood for section in score.sections} == {"sad", "tense"}


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "no",
        "no no no no",
        "without",
        "\n\n,,,;;;",
        "(((",
        "a " * 1_000,
        "no drums " * 200,
        "٣ bpm",
        "\\d+.*[",
    ],
)
def test_hostile_prompts_make_music_all_the_same(prompt: str) -> None:
    """No prompt breaks the composer."""
    assert piece(prompt, mood="calm").parts


def effects(score: Score) -> dict[str, str]:
    """Why or how words count."""
    return {report.words: report.effect for report in score.prompt}


@pytest.mark.parametrize(
    ("prompt", "ignored"),
    [
        ("90 bpm, later 120 bpm", "120 bpm"),
        ("in A minor, in C major", "c major"),
        ("slow, but 120 bpm", "slow"),
        ("fast, slow", "slow"),
        ("in A minor, a major key", "a major key"),
        ("3/4, 4/4", "4 4"),
        ("jazz, trap", "trap"),
        ("soft, powerful", "powerful"),
    ],
)
def test_of_two_that_contradict_each_other_one_is_said_to_be_ignored(prompt: str, ignored: str) -> None:
    """The first word decides, numbers before words, and the other is not reported as honoured."""
    assert statuses(piece(prompt))[ignored] == "ignored"


@pytest.mark.parametrize(
    "prompt", ["tempo 132", "tempo 132 bpm", "132bpm", "tempo of 132", "132 beats per minute"]
)
def test_a_tempo_may_be_written_in_several_ways(prompt: str) -> None:
    """All of them give 132 beats a minute, within two per cent, and no word is left over."""
    score = piece(prompt)
    assert abs(score.tempo_map[0].bpm / 132 - 1) <= 0.02
    assert set(statuses(score).values()) == {"honoured"}


def test_growth_is_ignored_where_scenes_have_energies() -> None:
    """A plan says itself how strong each scene is."""
    scenes = [Scene(start=0, end=10, mood="calm", energy=20), Scene(start=10, end=20, mood="epic", energy=80)]
    assert statuses(piece("building", scenes=scenes))["building"] == "ignored"
    assert statuses(piece("building, epic"))["building"] == "honoured"


def test_what_is_excluded_and_asked_for_by_name_is_said_to_play() -> None:
    """The list of instruments goes before the prompt; the report doesn't claim otherwise."""
    score = piece("no piano, no drums, calm", instruments=["piano", "drums"])
    assert statuses(score)["no piano"] == statuses(score)["no drums"] == "ignored"
    assert "grand piano" in effects(score)["no piano"]


def test_solo_with_more_instruments_is_said_to_be_ignored() -> None:
    """One instrument alone and a list of others can't both be."""
    score = piece("solo harp", instruments=["piano"])
    assert {"harp", "grand piano"} <= {part.instrument for part in score.parts}
    assert statuses(score)["solo"] == "ignored"


def test_the_reference_is_taken_over_and_reported() -> None:
    """Its tempo and key are the piece's, and the cue sheet says so."""
    score = piece("calm, slow", reference=ReferenceSong(bpm=103.4, key="Bb minor"))
    assert score.key == "Bb minor"
    assert abs(score.tempo_map[0].bpm / 103.4 - 1) <= 0.02
    assert [(report.words, report.status) for report in score.reference] == [
        ("103.4 bpm", "honoured"),
        ("Bb minor", "honoured"),
    ]
    assert statuses(score)["slow"] == "ignored"


def test_a_reference_that_is_overruled_or_not_understood_is_reported_as_ignored() -> None:
    """The prompt goes first; what is no key is not guessed."""
    reference = ReferenceSong(bpm=103.4, key="Bb minor")
    score = piece("90 bpm, in C major", reference=reference)
    assert {report.status for report in score.reference} == {"ignored"}
    strange = piece("calm", reference=ReferenceSong(key="H-moll?"))
    assert [report.status for report in strange.reference] == ["ignored"]


def test_verbs_are_no_instruments() -> None:
    """What kicks, whistles or beats in a sentence asks for nothing."""
    assert read("a tune that kicks and whistles and beats the rest").instruments == []


@pytest.mark.parametrize("bpm", [0.0, -90.0, float("inf"), float("nan")])
def test_a_reference_without_a_sensible_tempo_is_reported_as_ignored(bpm: float) -> None:
    """What is no tempo is not taken over, and doesn't hold the composer up."""
    score = piece("calm", reference=ReferenceSong.model_construct(bpm=bpm, key=None))
    assert [report.status for report in score.reference] == ["ignored"]
    assert 40 <= score.tempo_map[0].bpm <= 220


def test_very_fast_references_are_counted_at_half_speed() -> None:
    """The report says so; what a prompt may ask for is never halved."""
    score = piece("calm", reference=ReferenceSong(bpm=260.0))
    assert abs(score.tempo_map[0].bpm / 130 - 1) <= 0.02
    assert [report.status for report in score.reference] == ["substituted"]
    for bpm in (41, 215):
        assert abs(piece(f"{bpm} bpm").tempo_map[0].bpm / bpm - 1) <= 0.02
