"""What holds for every brief."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalsegno.composer import compose
from dalsegno.composer.instruments import CATALOGUE
from dalsegno.models import MOODS, MusicBrief, ReferenceSong, Scene


@st.composite
def briefs(draw: st.DrawFn) -> MusicBrief:
    """Briefs with or without scenes, mood, prompt, instruments, reference."""
    duration = draw(st.floats(5, 120))
    cuts = sorted(draw(st.lists(st.floats(0.001, duration - 0.001), max_size=12, unique=True)))
    edges = [0.0, *cuts, duration]
    scenes = [
        Scene(start=start, end=end, mood=draw(st.sampled_from(MOODS)), energy=draw(st.floats(0, 100)))
        for start, end in itertools.pairwise(edges)
        if end > start
    ]
    reference = ReferenceSong(
        bpm=draw(st.none() | st.floats(1, 400)),
        key=draw(st.none() | st.sampled_from(["C major", "Bb minor", "H dur", "", "f# minor"])),
    )
    words = st.sampled_from(["slow", "no drums", "jazz", "in C minor", "solo piano", "waltz", "brass", "%"])
    return MusicBrief(
        duration=duration,
        seed=draw(st.integers(0, 2**53 - 1)),
        mood=draw(st.none() | st.sampled_from(MOODS)),
        prompt=", ".join(draw(st.lists(words, max_size=4))) + draw(st.text(max_size=20)),
        instruments=draw(st.lists(st.sampled_from([*CATALOGUE, "zorp"]), max_size=6)),
        scenes=scenes if draw(st.booleans()) else [],
        reference=draw(st.none() | st.just(reference)),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs())
def test_notes_are_playable_and_within_the_piece(brief: MusicBrief) -> None:
    """Pitches suit their instruments, velocities are MIDI's, and no note leaves the piece."""
    score = compose(brief)
    for part in score.parts:
        player = CATALOGUE.get(part.instrument)
        for note in part.notes:
            assert 1 <= note.velocity <= 127
            assert note.start >= 0
            assert note.length > 0
            assert note.start + note.length <= brief.duration + 1e-6
            if player:
                assert player.low <= note.pitch <= player.high


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs())
def test_the_tempo_map_leads_to_every_bar(brief: MusicBrief) -> None:
    """Tempo marks and bars tell the same time, from 0 to the end, at tempi that can be played."""
    score = compose(brief)
    assert score.tempo_map[0].time == 0
    assert all(20 <= mark.bpm <= 400 for mark in score.tempo_map)
    for bar in score.bars:
        mark = [mark for mark in score.tempo_map if mark.beat <= bar.beat + 1e-6][-1]
        assert abs(mark.time + (bar.beat - mark.beat) * 60 / mark.bpm - bar.start) < 1e-3
    last = score.bars[-1]
    end = (
        score.tempo_map[-1].time
        + (last.beat + last.beats - score.tempo_map[-1].beat) * 60 / score.tempo_map[-1].bpm
    )
    assert abs(end - brief.duration) < 1e-3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs())
def test_composing_twice_gives_the_same_score(brief: MusicBrief) -> None:
    """Nothing but the brief decides."""
    assert compose(brief) == compose(brief)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs())
def test_every_instrument_asked_for_is_reported(brief: MusicBrief) -> None:
    """One report each, in order; what is reported as played has notes."""
    score = compose(brief)
    assert [report.asked for report in score.instruments] == list(brief.instruments)
    playing = {part.instrument for part in score.parts}
    for report in score.instruments:
        assert set(report.played) <= playing
        assert (report.status == "ignored") == (not report.played)
