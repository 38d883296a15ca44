from dalsegno.brief import brief_of
from dalsegno.models import MusicRequest, ReferenceSong, Scene, SceneContext

CONTEXT = SceneContext(
    dominant_mood="epic",
    average_energy=90.0,
    scene_count=1,
    summary="Epic.",
    scenes=[Scene(start=0.0, end=30.0, mood="epic", energy=90.0)],
)


def test_the_brief_carries_the_wishes_over() -> None:
    """Duration, prompt, instruments, stems, seed and reference arrive as they were given."""
    request = MusicRequest(customer_id="c", duration=30.0, prompt="slow", instruments=["piano"], stems=True)
    reference = ReferenceSong(bpm=90.0)

    brief = brief_of(request, seed=7, context=None, reference=reference)

    assert (brief.duration, brief.prompt, brief.instruments) == (30.0, "slow", ["piano"])
    assert (brief.seed, brief.stems, brief.reference) == (7, True, reference)
    assert (brief.mood, brief.scenes) == (None, [])


def test_the_scenes_dominant_mood_stands_in_for_one_that_was_not_asked_for() -> None:
    """Without a wish the scenes decide, and the brief has them all."""
    brief = brief_of(MusicRequest(customer_id="c", duration=30.0, prompt="x"), seed=1, context=CONTEXT)

    assert brief.mood == "epic"
    assert brief.scenes == CONTEXT.scenes


def test_a_mood_that_was_asked_for_goes_before_the_scenes() -> None:
    """The customer's own word counts."""
    brief = brief_of(MusicRequest(customer_id="c", duration=30.0, mood="calm"), seed=1, context=CONTEXT)

    assert brief.mood == "calm"
