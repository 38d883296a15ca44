"""The sampler and the meter."""

import numpy as np
import pytest

from dalsegno.composer.instruments import CATALOGUE
from dalsegno.composer.render import gain_of
from dalsegno.composer.sampler import FONT_PATH, Sampler, builtin_sampler
from dalsegno.composer.soundfont_file import SoundFont
from dalsegno.mastering.loudness import Meter, integrated, peak_decibels

RATE = 48_000


@pytest.mark.parametrize(
    ("name", "key"),
    [("electric piano", 60), ("strings", 57), ("violin", 69), ("saw lead", 60)],
)
def test_notes_sound_at_their_pitch(name: str, key: int) -> None:
    """The strongest partial is the fundamental or its octave, within a tenth of a semitone's neighbourhood."""
    audio = builtin_sampler().play(CATALOGUE[name].preset, key, 90, 2.0).audio.mean(axis=0)[4_800:70_336]
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    frequency = float(np.argmax(spectrum)) * RATE / len(audio)
    partial = frequency / (440 * 2 ** ((key - 69) / 12))
    assert abs(1200 * np.log2(partial / round(partial))) < 30


def test_velocity_sets_level_and_brightness() -> None:
    """Half the velocity is 12 dB down and duller."""
    loud, soft = (builtin_sampler().play((0, 48), 60, velocity, 1.0).audio for velocity in (120, 60))
    assert 20 * np.log10(np.abs(loud).max() / np.abs(soft).max()) == pytest.approx(12, abs=2)

    def brightness(audio: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(audio[0, :32_768])) ** 2
        return float(spectrum[4_000:].sum() / spectrum.sum())

    assert brightness(soft) < brightness(loud)


def test_a_note_is_released_when_it_ends() -> None:
    """Held for half a second, a string note is gone a second and a half later."""
    audio = builtin_sampler().play((0, 48), 60, 100, 0.5).audio
    assert audio.shape[1] < 2.2 * RATE
    assert np.abs(audio[:, -480:]).max() < 0.001


@pytest.mark.parametrize(("preset", "key"), [((0, 46), 60), ((0, 49), 52), ((0, 0), 60), ((0, 14), 64)])
def test_what_was_played_before_changes_nothing(preset: tuple[int, int], key: int) -> None:
    """A long note is the same after a short one as in a sampler that is new, and so is one in between."""
    used, new = Sampler(SoundFont(FONT_PATH)), Sampler(SoundFont(FONT_PATH))
    for length in (0.1, 0.15, 2.9):
        used.play(preset, key, 90, length)
    for length in (4.0, 2.95):
        assert np.array_equal(
            used.play(preset, key, 90, length).audio, new.play(preset, key, 90, length).audio
        )


def test_long_notes_loop() -> None:
    """Ten seconds of strings sound for ten seconds."""
    audio = builtin_sampler().play((0, 49), 60, 100, 10.0).audio
    assert np.abs(audio[:, 9 * RATE : 10 * RATE]).max() > 0.02


def test_all_instruments_are_levelled() -> None:
    """Calibration brings instruments that differ by 20 dB in the font to within a few dB."""
    levels = []
    for name in ("strings", "grand piano", "flute", "warm pad", "brass"):
        instrument = CATALOGUE[name]
        audio = builtin_sampler().play(instrument.preset, 64, 100, 1.0).audio * gain_of(name)
        meter = Meter()
        meter.feed(audio[:, : RATE // 16 * 16])
        levels.append(integrated(meter.measured().energy))
    assert max(levels) - min(levels) < 7


def test_the_meter_reads_a_sine_as_the_standard_says() -> None:
    """997 Hz at full scale in both channels is 0 LUFS; at 12 kHz the true peak lies between samples."""
    time = np.arange(4 * RATE) / RATE
    for frequency, loudness in ((997, 0.0),):
        tone = np.sin(2 * np.pi * frequency * time).astype(np.float32)
        meter = Meter()
        meter.feed(np.stack((tone, tone)))
        assert integrated(meter.measured().energy) == pytest.approx(loudness, abs=0.05)
    tone = np.sin(2 * np.pi * 12_000 * time + np.pi / 4).astype(np.float32)
    meter = Meter()
    for start in range(0, len(tone), 48_000):
        meter.feed(np.stack((tone, tone))[:, start : start + 48_000])
    assert np.abs(tone).max() < 0.71
    assert peak_decibels(meter.measured().peak[5:-5]) == pytest.approx(0, abs=0.1)
