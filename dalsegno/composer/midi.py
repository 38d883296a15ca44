"""The score as a Standard MIDI File: tempo map, meters, markers, one named track a part."""

from pathlib import Path

import mido

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.score import Part, Score
from dalsegno.composer.synthesis import IMPACT

TICKS_A_BEAT = 960
DRUM_CHANNEL = 9
MELODIC_CHANNELS = [channel for channel in range(16) if channel != DRUM_CHANNEL]
# General MIDI's nearest to what is synthesised: a taiko and a reversed cymbal.
IMPACT_PROGRAM, RISER_PROGRAM = 116, 119


class Clock:
    """Turns seconds into ticks, by the tempo map."""

    def __init__(self, score: Score) -> None:
        self.marks = score.tempo_map

    def ticks(self, time: float) -> int:
        """Ticks from the start."""
        mark = next(
            mark for mark in reversed(self.marks) if mark.time <= time + 1e-9 or mark is self.marks[0]
        )
        return max(0, round((mark.beat + (time - mark.time) * mark.bpm / 60) * TICKS_A_BEAT))


def write_midi(score: Score, path: Path) -> None:
    """Writes the score to a file of format 1."""
    clock = Clock(score)
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_A_BEAT, charset="utf-8")
    file.tracks.append(conductor(score, clock))
    melodic = 0
    for part in score.parts:
        instrument = CATALOGUE.get(part.instrument)
        if instrument and instrument.bank == 128:
            port, channel = 0, DRUM_CHANNEL
        else:
            # A port has fifteen channels for melodies; more parts go to the next port.
            port, place = divmod(melodic, len(MELODIC_CHANNELS))
            channel = MELODIC_CHANNELS[place]
            melodic += 1
        file.tracks.append(track(part, clock, port, channel))
    file.save(path)


def conductor(score: Score, clock: Clock) -> mido.MidiTrack:
    """The first track: title, tempo, meters, sections and cuts."""
    events: list[tuple[int, mido.MetaMessage]] = [(0, mido.MetaMessage("track_name", name=score.title))]
    for mark in score.tempo_map:
        tempo = min(0xFFFFFF, round(60_000_000 / mark.bpm))
        events.append((round(mark.beat * TICKS_A_BEAT), mido.MetaMessage("set_tempo", tempo=tempo)))
    meter = 0.0
    for bar in score.bars:
        # The last bar is cut off by the end, which needs no meter of its own.
        if bar.beats != meter and (bar is not score.bars[-1] or not meter):
            meter = bar.beats
            parts = next(parts for parts in (1, 2, 4, 8, 16) if meter * parts == int(meter * parts))
            message = mido.MetaMessage("time_signature", numerator=int(meter * parts), denominator=4 * parts)
            events.append((round(bar.beat * TICKS_A_BEAT), message))
    markers = [(section.start, section.name) for section in score.sections]
    markers += [(cue.time, f"cut: {cue.label}") for cue in score.cues]
    events += [(clock.ticks(time), mido.MetaMessage("marker", text=text)) for time, text in markers]
    return deltas(events, clock.ticks(score.duration))


def track(part: Part, clock: Clock, port: int, channel: int) -> mido.MidiTrack:
    """One part's track."""
    instrument = CATALOGUE.get(part.instrument)
    synthesised = IMPACT_PROGRAM if part.instrument == IMPACT else RISER_PROGRAM
    program = instrument.program if instrument else synthesised
    pan = round(64 + part.pan * 63)
    events: list[tuple[int, mido.MetaMessage | mido.Message]] = [
        (0, mido.MetaMessage("track_name", name=f"{part.stem}: {part.instrument}")),
        (0, mido.MetaMessage("midi_port", port=port)),
        (0, mido.Message("program_change", channel=channel, program=program)),
        (0, mido.Message("control_change", channel=channel, control=10, value=pan)),
    ]
    notes = []
    for note in part.notes:
        start = clock.ticks(note.start)
        end = max(start + 1, clock.ticks(note.start + note.length))
        notes.append((start, 1, "note_on", note))
        notes.append((end, 0, "note_off", note))
    # At one time notes end before others begin.
    for tick, _, kind, note in sorted(notes, key=lambda event: event[:2]):
        velocity = note.velocity if kind == "note_on" else 0
        events.append((tick, mido.Message(kind, channel=channel, note=note.pitch, velocity=velocity)))
    return deltas(events)


def deltas(
    events: list[tuple[int, mido.MetaMessage | mido.Message]] | list[tuple[int, mido.MetaMessage]],
    end: int = 0,
) -> mido.MidiTrack:
    """Events at absolute ticks as a track, which lasts until `end` at least."""
    made = mido.MidiTrack()
    now = 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        made.append(message.copy(time=tick - now))
        now = tick
    made.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return made
