"""From a passage to notes: every stem by a method of its own."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from dalsegno.composer import groove as drums
from dalsegno.composer.cast import Cast
from dalsegno.composer.form import Passage
from dalsegno.composer.harmony import harmonies
from dalsegno.composer.instruments import CATALOGUE, tuned
from dalsegno.composer.moods import STYLES, Style
from dalsegno.composer.motif import (
    CHOICES,
    RHYTHMS,
    RHYTHMS_IN_THREE,
    Motif,
    Tone,
    calmed,
    phrase,
    quickened,
    spoken,
)
from dalsegno.composer.patterns import APPROACH, FIFTH, THIRD, Touch, accompaniment, bass_line
from dalsegno.composer.randomness import generator
from dalsegno.composer.score import Note, Stem
from dalsegno.composer.synthesis import IMPACT, RISER
from dalsegno.composer.theory import Chord, Key, nearest, voice

Notes = dict[tuple[Stem, str], list[Note]]

# From which energy a stem plays, where nobody asked for its instruments.
KEYS_FROM, BASS_FROM, LEAD_FROM = 8, 10, 6
TIMING_SIGMA = {"drums": 0.003, "bass": 0.004, "keys": 0.006, "pads": 0.008, "lead": 0.008, "effects": 0.0}
LATEST = 0.018
GAP_BEFORE_CUT = 0.05
LEAD_GROUPS = 3
# A phrase's end within a passage is marked now and then, by less than what leads into the next passage.
SMALL_FILLS_FROM, SMALL_FILLS, SMALL_FILL_ENERGY = 45, 0.6, 30
# Phrases swell and sink again, by this share of the velocity.
PHRASE_BEATS, PHRASE_SWELL = 16, 0.07
# Activity of a melody from which its longer tones are divided.
QUICK = 0.85
STRONG, STILL, HIGH_REGISTER = 78, 30, 74
SWELL_SECONDS = 2.0


@dataclass(frozen=True)
class Setting:
    """What all passages of a piece share.

    Attributes:
        duration: seconds.
        tail: seconds before the end at which the last notes are released.
        tempo: the piece's; a mood that is much slower or faster plays at half or double time within it.
        meter: beats a bar.
        motif: what the piece is about.
        second_motif: what its contrasting passages are about.
        sevenths: whether triads get their sevenths.
        walks: whether the bass walks.
    """

    seed: int
    duration: float
    tail: float
    tempo: float
    meter: int
    motif: Motif
    second_motif: Motif
    sevenths: bool
    walks: bool
    swing: float | None
    groove: str | None
    drums: bool | None


class Arranger:
    """Arranges one passage.

    Its chances come from generators of its own place in the piece, so that what it writes depends on nothing
    outside the passage but the setting.
    """

    def __init__(self, setting: Setting, passage: Passage, key: Key, cast: Cast) -> None:
        self.setting, self.passage, self.key, self.cast = setting, passage, key, cast
        self.style: Style = STYLES[passage.mood]
        self.energy = passage.energy
        self.place = round(passage.start * 1000)
        self.notes: Notes = defaultdict(list)
        self.beats = passage.beats
        self.harmony = list(harmonies(passage, key, setting.seed, sevenths=setting.sevenths))
        self.feel = feel(self.style, setting.tempo)
        rhythms = RHYTHMS_IN_THREE if setting.meter == 3 else RHYTHMS[passage.mood]
        contrast = passage.name == "contrast"
        self.theme = spoken(
            setting.second_motif if contrast else setting.motif,
            rhythms,
            generator(setting.seed, "second rhythm" if contrast else "rhythm", passage.mood),
        )

    def arrange(self) -> Notes:
        """All notes of the passage, by stem and instrument."""
        self._pads()
        self._keys()
        self._bass()
        self._lead()
        self._drums()
        if self.passage.opens_cut:
            self._hit()
        self._riser()
        return self.notes

    def rng(self, role: str) -> np.random.Generator:
        """The generator of a role within this passage."""
        return generator(self.setting.seed, role, self.place)

    def plays(self, stem: Stem, threshold: float) -> bool:
        """Whether a stem plays: because it was asked for, or because the energy is there."""
        if stem not in self.cast.players:
            return False
        return stem in self.cast.asked_stems or self.energy >= threshold

    def _velocity(self, force: float = 1.0) -> float:
        """Velocity for the passage's energy, 1..127: an energy of 20 and one of 90 lie 11 dB apart."""
        return (40 + 0.72 * self.energy) * force

    def _add(
        self,
        stem: Stem,
        instrument: str,
        rng: np.random.Generator,
        beat: float,
        beats: float,
        pitch: int,
        velocity: float,
    ) -> None:
        """Writes a note, humanised unless it falls on a cut, within its instrument and its passage."""
        hit = self.passage.opens_cut and beat == 0
        player = CATALOGUE.get(instrument)
        if player:
            pitch = folded(pitch, player.low, player.high)
        start = self.passage.time(self._swung(beat, stem))
        if hit:
            velocity = max(velocity * 1.1, 58)
        else:
            start += float(np.clip(rng.normal(0, TIMING_SIGMA[stem]), -LATEST, LATEST))
            velocity *= float(np.clip(rng.normal(1, 0.05), 0.85, 1.15))
            velocity *= 1 + PHRASE_SWELL * np.sin(np.pi * (beat % PHRASE_BEATS) / PHRASE_BEATS)
        start = min(max(start, self.passage.start), self.passage.end - 0.02)
        end = min(start + beats * 60 / self.passage.bpm, self._limit())
        if end - start < 0.02:
            return
        self.notes[stem, instrument].append(
            Note(start, end - start, pitch, int(np.clip(round(velocity), 1, 127)), hit)
        )

    def _limit(self) -> float:
        """Where notes end at the latest: a moment before a cut, and before the piece's tail."""
        if self.passage.ring_out:
            return self.setting.duration - self.setting.tail
        return self.passage.end - (GAP_BEFORE_CUT if self.passage.last else 0.0)

    def _swung(self, beat: float, stem: Stem) -> float:
        swing = self.style.swing if self.setting.swing is None else self.setting.swing
        if stem in ("pads", "effects") or not swing:
            return beat
        return beat + swing * (abs(beat % 1 - 0.5) < 0.01) + swing / 2 * (beat % 0.5 == 0.25)

    def _pads(self) -> None:
        """Held chords, voice-led; below, for all but the strongest passages, in the middle register."""
        if not self.plays("pads", 0):
            return
        rng = self.rng("pads")
        low, high = (40, 62) if self.style.register < 62 else (45, 69) if self.energy < 70 else (50, 79)
        previous: tuple[int, ...] = ()
        share = 0.8 if self.energy < 35 or self.passage.name in ("intro", "breakdown") else 0.72
        for place in self.harmony:
            previous = voice(place.chord, previous, low, high)
            # Where no bass plays, the chord brings its own root.
            root = () if self._has_bass() else (36 + (place.chord.root - 36) % 12,)
            for instrument in self.cast.players["pads"]:
                for pitch in (*root, *previous):
                    self._add("pads", instrument, rng, place.beat, place.beats, pitch, self._velocity(share))

    def _keys(self) -> None:
        """The accompaniment: a pattern that follows the energy."""
        if not self.plays("keys", KEYS_FROM):
            return
        rng = self.rng("keys")
        pattern = self.style.keys[0 if self.energy < 38 else 1 if self.energy < 68 else 2]
        if self.passage.name in ("intro", "breakdown") and self.energy < 60:
            pattern = self.style.keys[0]
        low, high = (48, 71) if self.energy < 60 else (54, 78)
        previous: tuple[int, ...] = ()
        for number, place in enumerate(self.harmony):
            previous = voice(place.chord, previous, low, high)
            ringing = self.passage.ring_out and number == len(self.harmony) - 1
            touches = (
                [Touch(0, place.beats, None)]
                if ringing
                else [
                    self._at_feel(touch)
                    for touch in accompaniment(pattern, place.beats * self.feel, len(previous))
                ]
            )
            for instrument in self.cast.players["keys"]:
                for touch in touches:
                    tones = previous if touch.tone is None else (previous[touch.tone],)
                    for pitch in tones:
                        velocity = self._velocity(0.85 * touch.force)
                        beat = place.beat + touch.beat
                        self._add(
                            "keys", instrument, rng, beat, touch.beats, pitch + 12 * touch.octave, velocity
                        )

    def _at_feel(self, touch: Touch) -> Touch:
        """A touch at half, full or double time, as the mood wants it at this piece's tempo."""
        return replace(touch, beat=touch.beat / self.feel, beats=touch.beats / self.feel)

    def _has_bass(self) -> bool:
        """Whether there is a bass; a soft beginning does without."""
        soft_intro = self.passage.name == "intro" and self.energy < 50 and "bass" not in self.cast.asked_stems
        return self.plays("bass", BASS_FROM) and not soft_intro

    def _bass(self) -> None:
        """Roots, and the fifth above them."""
        if not self._has_bass():
            return
        rng = self.rng("bass")
        pattern = self.style.bass[0 if self.energy < 38 else 1 if self.energy < 68 else 2]
        if self.setting.walks:
            pattern = "walk"
        for number, place in enumerate(self.harmony):
            last = number == len(self.harmony) - 1
            touches = bass_line(
                "long" if self.passage.ring_out and last else pattern, place.beats * self.feel
            )
            following = place if last else self.harmony[number + 1]
            for touch in map(self._at_feel, touches):
                pitch = self._bass_tone(touch.tone or 0, place.chord, following.chord) + 12 * touch.octave
                for instrument in self.cast.players["bass"]:
                    velocity = self._velocity(0.95 * touch.force)
                    self._add("bass", instrument, rng, place.beat + touch.beat, touch.beats, pitch, velocity)

    def _bass_tone(self, tone: int, sounding: Chord, following: Chord) -> int:
        """The MIDI key of a tone of a bass line."""
        root = bass_root(sounding)
        if tone == APPROACH and sounding.root != following.root:
            target = bass_root(following)
            # The neighbour in the key's scale on the side from which the line comes.
            side = 1 if root > target else -1
            return next(target + side * step for step in (1, 2, 3) if self.key.holds(target + side * step))
        if tone == THIRD:
            return root + next((pitch - root) % 12 for pitch in (*sounding.pitches[1:], root + 7))
        return root + (7 if tone in (FIFTH, APPROACH) else 0)

    def _lead(self) -> None:
        """The melody: the piece's motif, as this passage develops it."""
        name = self.passage.name
        asked = "lead" in self.cast.asked_stems
        if not self.plays("lead", LEAD_FROM) or (name in ("intro", "breakdown") and not asked):
            return
        rng = self.rng("lead")
        leads = self.cast.players["lead"]
        choices = CHOICES.get(name, ("plain",))
        development = choices[int(self.rng("development").integers(len(choices)))]
        centre = self._register()
        home = nearest((self.key.tonic,), centre - 4)
        beat = 0.0
        bars = len(self.passage.bars)
        for number, bar in enumerate(self.passage.bars):
            if self.passage.ring_out and number >= bars - self.passage.ring_out:
                tones: tuple[Tone, ...] = (Tone(0, self.passage.ring_beats, 0),)
            else:
                tones = self._melody(number, bar.beats, development)
            players = self._leads_of(number, leads)
            for tone in tones:
                if rng.random() < 0.12 and tone.beat % 1 and name != "climax":
                    continue
                pitch = self._melodic(home, tone, beat + tone.beat)
                velocity = self._velocity(1.02 if tone.beat % 2 == 0 else 0.92)
                for lead in players:
                    self._add("lead", lead, rng, beat + tone.beat, tone.beats * 0.95, pitch, velocity)
                full = self.energy > 82 or (name == "climax" and self.energy > 55)
                if full and not asked and len(leads) > 1 and tone.beats >= 0.5:
                    second = leads[1] if players == leads[:1] else leads[0]
                    self._add(
                        "lead", second, rng, beat + tone.beat, tone.beats * 0.95, pitch - 12, velocity * 0.8
                    )
            beat += bar.beats
            if self.passage.ring_out and number == bars - self.passage.ring_out:
                break

    def _register(self) -> int:
        """The MIDI key about which the melody moves: strong passages sing higher, still ones lower."""
        if self.energy > STRONG and self.style.register < HIGH_REGISTER:
            return self.style.register + 12
        if self.energy < STILL and self.style.register >= HIGH_REGISTER:
            return self.style.register - 12
        return self.style.register

    def _melody(self, bar: int, beats: float, development: str) -> tuple[Tone, ...]:
        """The melody of one bar; at double time two bars of the phrase go into it."""
        activity = min(1.0, self.style.activity + (self.energy - self.style.energy) / 160)
        bars = len(self.passage.bars)
        turn, bars = self.passage.turn, 0 if self.passage.quick else bars
        if self.feel < 2:
            tones = phrase(self.theme, bar + turn, bars, development, beats)
        else:
            tones = tuple(
                Tone((tone.beat + half * beats) / 2, tone.beats / 2, tone.degree)
                for half in (0, 1)
                for tone in phrase(self.theme, 2 * bar + half + turn, 2 * bars, development, beats)
            )
        tones = calmed(tones, activity)
        return quickened(tones) if activity > QUICK else tones

    def _leads_of(self, bar: int, leads: tuple[str, ...]) -> tuple[str, ...]:
        """Who has the melody in a bar.

        Those asked for take turns every two bars, in up to three groups if there are many; in a piece too
        short for turns they play together. Others are chosen by the passage's name.
        """
        if "lead" not in self.cast.asked_stems:
            return leads[-1:] if self.passage.name in ("contrast", "development") else leads[:1]
        size = -(-len(leads) // LEAD_GROUPS)
        groups = [leads[first : first + size] for first in range(0, len(leads), size)]
        # Bars by the piece's tempo: what others have made of theirs doesn't matter.
        seconds = self.setting.meter * 60 / self.setting.tempo
        bars = self.setting.duration / seconds
        if bars < len(groups) + 3:
            return leads
        turn = 2 if bars >= 2 * len(groups) + 4 else 1
        return groups[(round(self.passage.start / seconds) + bar) // turn % len(groups)]

    def _melodic(self, home: int, tone: Tone, beat: float) -> int:
        """The MIDI key of a tone: on strong beats, and where it would rub against the chord, it is drawn to it."""
        pitch = home + self.key.pitch(tone.degree) - self.key.pitch(0)
        chord = self._chord_at(beat).pitches
        rubs = tone.beats >= 1 and any((pitch - other) % 12 == 1 for other in chord)
        if tone.beat % 2 == 0 or tone.beats >= 1.5 or rubs:
            pitch = nearest(chord, pitch)
        return pitch

    def _chord_at(self, beat: float) -> Chord:
        sounding = [place.chord for place in self.harmony if place.beat <= beat + 1e-6]
        return sounding[-1]

    def _drums(self) -> None:
        """The groove, with a fill before whatever comes next."""
        wanted = self.setting.drums is True
        threshold = 12.0 if wanted else self.style.drums_from
        if self.setting.drums is False and "drums" not in self.cast.asked_stems:
            return
        if not self.plays("drums", threshold):
            return
        if self.passage.name == "breakdown" and "drums" not in self.cast.asked_stems:
            return
        rng = self.rng("drums")
        players = self.cast.players["drums"]
        kits = [name for name in players if CATALOGUE[name].bank == 128]
        skins = [name for name in players if name not in kits]
        if kits or "drums" not in self.cast.asked_stems:
            self._kit(rng, kits)
        for name in skins:
            self._skins(rng, name)

    def _kit(self, rng: np.random.Generator, kits: list[str]) -> None:
        asked = [name for name in kits if name in self.cast.asked]
        kit = asked[0] if asked else (kits or ["drum kit"])[0]
        names = self.style.groove
        chosen = generator(self.setting.seed, "groove", self.passage.mood)
        name = self.setting.groove or names[int(chosen.integers(len(names)))]
        if kit == "orchestral percussion" and name not in drums.ORCHESTRAL:
            name = drums.ORCHESTRAL[0]
        groove = drums.GROOVES[name]
        beat = 0.0
        bars = len(self.passage.bars)
        for number, bar in enumerate(self.passage.bars):
            if self.passage.ring_out and number >= bars - self.passage.ring_out:
                self._last_stroke(beat, kit, rng)
                return
            strokes = drums.bar_of_drums(groove, kit, bar.beats, self.energy, self.feel)
            if number == bars - 1 - self.passage.ring_out and bars > 1 and self.energy > 30:
                strokes = drums.with_fill(strokes, groove, kit, bar.beats, self.energy, rng)
            elif number % 4 == 3 and self.energy > SMALL_FILLS_FROM and rng.random() < SMALL_FILLS:
                strokes = drums.with_fill(strokes, groove, kit, bar.beats, SMALL_FILL_ENERGY, rng)
            for stroke in strokes:
                instrument = stroke.instrument
                if asked and CATALOGUE[instrument].bank == 128:
                    instrument = kit
                if instrument in self.cast.players.get("drums", ()) or not asked:
                    self._add(
                        "drums",
                        instrument,
                        rng,
                        beat + stroke.beat,
                        1.0,
                        self._tuned(instrument, stroke.key),
                        stroke.velocity * (0.55 + 0.0045 * self.energy),
                    )
            if number == 0 and self.energy > 55:
                self._add("drums", kit, rng, beat, 4.0, crash_of(kit), self._velocity(0.95))
            beat += bar.beats

    def _tuned(self, name: str, key: int) -> int:
        """The key of a drum that sounds the tonic or the fifth, where the drum has a pitch."""
        return tuned(name, key, (self.key.tonic, (self.key.tonic + 7) % 12))

    def _last_stroke(self, beat: float, kit: str, rng: np.random.Generator) -> None:
        if self.energy > 40:
            self._add("drums", kit, rng, beat, 4.0, crash_of(kit), self._velocity(0.9))
        self._add("drums", kit, rng, beat, 1.0, drums.KICK, self._velocity(1.0))

    def _skins(self, rng: np.random.Generator, name: str) -> None:
        """Tuned or great drums that were asked for by name: the root on strong beats, a roll into the end."""
        for number, place in enumerate(self.harmony):
            pitch = tuned(name, 36 + (place.chord.root - 36) % 12, (place.chord.root,))
            self._add("drums", name, rng, place.beat, 2.0, pitch, self._velocity(1.05))
            if self.passage.ring_out and number == len(self.harmony) - 1:
                break
            beat = place.beat + place.beats / 2
            self._add("drums", name, rng, beat, 1.0, pitch, self._velocity(0.85))
            if self.energy > 60:
                self._add("drums", name, rng, beat + place.beats / 4, 0.5, pitch, self._velocity(0.7))

    def _hit(self) -> None:
        """Marks the cut: instruments that begin at once, and a thud in the effects."""
        rng = self.rng("hit")
        harmony = self.harmony[0].chord
        force = max(66.0, self._velocity(1.12))
        for name in self.cast.hit:
            player = CATALOGUE[name]
            stem: Stem = "effects"
            bottom = max(player.low, 36)
            pitches: tuple[int, ...] = (
                tuned(name, bottom + (harmony.root - bottom) % 12, (harmony.root, (harmony.root + 7) % 12)),
            )
            if player.roles[0] != "drums":
                pitches = (*pitches, pitches[0] + 12, nearest(harmony.pitches, pitches[0] + 19))
            for pitch in pitches:
                self._add(stem, name, rng, 0, min(4.0, self.beats), pitch, force)
        if not self.cast.only:
            self._add("effects", IMPACT, rng, 0, 1.0, 36 + harmony.root % 12, force)

    def _riser(self) -> None:
        """What leads into the next passage: effects that were asked for, or noise, where the passage is strong."""
        rng = self.rng("swell")
        length = min(SWELL_SECONDS * self.passage.bpm / 60, self.beats)
        for name in self.cast.players.get("effects", ()):
            self._add("effects", name, rng, self.beats - length, length, 60, self._velocity(0.9))
        strong = self.energy >= 58 and self.beats >= 8
        if not self.passage.last or self.passage.ring_out or not strong or self.cast.only:
            return
        rng = self.rng("riser")
        length = 4.0 if self.energy > 75 else 2.0
        self._add("effects", RISER, rng, self.beats - length, length, 60, self._velocity(0.7))


def bass_root(harmony: Chord) -> int:
    """The MIDI key of a chord's root in the bass: from E1 to Eb2."""
    return 28 + (harmony.root - 28) % 12


def crash_of(kit: str) -> int:
    """The key of a kit's crash cymbal: 57 in the orchestra's, which has its other cymbals elsewhere."""
    return 57 if kit == "orchestral percussion" else drums.CRASH


def folded(pitch: int, low: int, high: int) -> int:
    """A pitch moved by octaves into a range of at least an octave."""
    if pitch < low:
        pitch += -(-(low - pitch) // 12) * 12
    if pitch > high:
        pitch -= -(-(pitch - high) // 12) * 12
    return max(low, min(high, pitch))


def feel(style: Style, tempo: float) -> float:
    """Half, full or double time: which brings a tempo nearest to the middle of the style's own."""
    middle = sum(style.tempo) / 2
    return min((0.5, 1.0, 2.0), key=lambda factor: abs(np.log2(tempo * factor / middle)))
