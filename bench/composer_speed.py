"""What the built-in composer takes from request to master, preview and MIDI file, beside pipelines of other parts.

    python -m bench.composer_speed

Three requests, each made by all in turn, the first round to warm up; medians of seconds of CPU, children's included.
The peers play the MIDI file that the composer wrote, with the same font: symusic 0.5, a library of C++, warm in this
process, and FluidSynth's program where the machine has it; then ffmpeg's loudnorm and LAME make a master and a
preview in one run. They need not compose, know no stems and hit -14 LUFS less closely.

Memory is that of a fresh process. Linux only: the kernel is asked for the peak.
"""

import itertools
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile
import symusic

from dalsegno.composer.sampler import FONT_PATH
from dalsegno.models import SAMPLE_RATE, MusicBrief, Scene
from dalsegno.providers.builtin import BuiltinComposer

ROUNDS = 3
LOWEST_SPEED = 20.0
FURTHEST_BEHIND_LIBRARY = 1.5
LENGTHS = (60, 600)
MOST_MB, MOST_GROWTH_MB = 700, 100
FLUIDSYNTH = shutil.which("fluidsynth")

SCENES = [
    Scene(start=0, end=15, mood="calm", energy=20),
    Scene(start=15, end=30, mood="inspiring", energy=50),
    Scene(start=30, end=45, mood="tense", energy=70),
    Scene(start=45, end=60, mood="epic", energy=90),
    Scene(start=60, end=75, mood="sad", energy=30),
    Scene(start=75, end=90, mood="happy", energy=65),
    Scene(start=90, end=105, mood="calm", energy=35),
]
BRIEFS = {
    "60 s, inspiring": MusicBrief(duration=60, seed=1, mood="inspiring"),
    "105 s, seven scenes": MusicBrief(duration=105, seed=2, scenes=SCENES),
    "180 s, energetic": MusicBrief(
        duration=180, seed=3, mood="energetic", prompt="driving", instruments=["electric guitar", "strings"]
    ),
}
Pipeline = Callable[[MusicBrief, Path], None]


def main() -> int:
    """Measures, prints the tables, and returns 1 if a promise is broken."""
    if sys.argv[1:]:
        print(peak_of(float(sys.argv[1]), stems=sys.argv[2] == "stems"))  # noqa: T201
        return 0
    return max(speed(), memory())


def speed() -> int:
    """Lets all take turns; prints a line for each request and pipeline."""
    pipelines: dict[str, Pipeline] = {"dalsegno": make, "symusic": Library().make}
    if FLUIDSYNTH:
        pipelines["fluidsynth"] = by_fluidsynth
    else:
        print("This machine has no fluidsynth: its pipeline is left out.")  # noqa: T201
    broken = 0
    print(f"{'request':<22} {'pipeline':<11} {'CPU s':>7} {'x real time':>12} {'LUFS':>7} {'dBTP':>6}")  # noqa: T201
    for name, brief in BRIEFS.items():
        with tempfile.TemporaryDirectory() as scratch:
            folders = {who: Path(scratch) / who for who in pipelines}
            taken: dict[str, list[float]] = {who: [] for who in pipelines}
            for _ in range(1 + ROUNDS):
                for who, pipeline in pipelines.items():
                    folders[who].mkdir(exist_ok=True)
                    if who != "dalsegno":
                        shutil.copy(folders["dalsegno"] / "score.mid", folders[who])
                    before = cpu_seconds()
                    pipeline(brief, folders[who])
                    taken[who].append(cpu_seconds() - before)
            medians = {who: statistics.median(seconds[1:]) for who, seconds in taken.items()}
            for who, seconds in medians.items():
                loudness, peak = heard(folders[who] / "master.wav")
                print(  # noqa: T201
                    f"{name:<22} {who:<11} {seconds:>7.2f} {brief.duration / seconds:>12.1f} {loudness:>7} {peak:>6}"
                )
        ours = medians.pop("dalsegno")
        broken += brief.duration / ours < LOWEST_SPEED
        broken += ours > FURTHEST_BEHIND_LIBRARY * medians["symusic"]
        broken += ours >= medians.get("fluidsynth", float("inf"))
    print(  # noqa: T201
        f"Promised: {LOWEST_SPEED:g} x real time; within {FURTHEST_BEHIND_LIBRARY:g} x of symusic's pipeline; "
        f"ahead of fluidsynth's. Broken: {broken}.\n"
    )
    return min(broken, 1)


def memory() -> int:
    """Prints the peaks of fresh processes, which must be low and flat in length."""
    print(f"{'length':>7} {'':<8} {'peak MB':>8}")  # noqa: T201
    broken = 0
    for kind in ("plain", "stems"):
        peaks = []
        for length in LENGTHS:
            command = [sys.executable, "-m", "bench.composer_speed", str(length), kind]
            peaks.append(float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
            print(f"{length:>5} s {kind:<8} {peaks[-1]:>8.0f}")  # noqa: T201
        broken += max(peaks) >= MOST_MB
        broken += any(longer - shorter >= MOST_GROWTH_MB for shorter, longer in itertools.pairwise(peaks))
    print(  # noqa: T201
        f"Promised: below {MOST_MB} MB, and less than {MOST_GROWTH_MB} MB more for ten times the length. "
        f"Broken: {broken}."
    )
    return min(broken, 1)


def make(brief: MusicBrief, folder: Path) -> None:
    """The whole way, as a job goes it."""
    BuiltinComposer().render(brief, folder, lambda _fraction, _words: None)


class Library:
    """The pipeline of symusic, which holds its font from piece to piece."""

    def __init__(self) -> None:
        self.synthesizer = symusic.Synthesizer(sf_path=str(FONT_PATH), sample_rate=SAMPLE_RATE, quality=0)

    def make(self, _brief: MusicBrief, folder: Path) -> None:
        """Renders the MIDI file beside it and masters what comes out."""
        audio = np.asarray(self.synthesizer.render(symusic.Score(str(folder / "score.mid")), stereo=True))
        soundfile.write(folder / "raw.wav", audio.T, SAMPLE_RATE, "FLOAT")
        by_ffmpeg(folder)


def by_fluidsynth(_brief: MusicBrief, folder: Path) -> None:
    """FluidSynth's program, then ffmpeg."""
    command = [str(FLUIDSYNTH), "-ni", "-q", "-r", str(SAMPLE_RATE), "-O", "float", "-T", "wav"]
    command += ["-F", str(folder / "raw.wav"), str(FONT_PATH), str(folder / "score.mid")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    by_ffmpeg(folder)


def by_ffmpeg(folder: Path) -> None:
    """Loudnorm in one pass; a master of 24 bit, and a preview one dB below it."""
    graph = f"loudnorm=I=-14:TP=-1:LRA=20,aresample={SAMPLE_RATE},asplit[master][louder];[louder]volume=-1dB[preview]"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-i", str(folder / "raw.wav")]
    command += ["-filter_complex", graph, "-map", "[master]", "-c:a", "pcm_s24le", str(folder / "master.wav")]
    command += ["-map", "[preview]", "-c:a", "libmp3lame", "-q:a", "4", str(folder / "preview.mp3")]
    subprocess.run(command, check=True)


def heard(path: Path) -> tuple[str, str]:
    """What ffmpeg's meter says: LUFS and dBTP."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary") :]
    loudness, peak = (re.findall(rf"{name}:\s*(-?[\d.]+)", summary)[0] for name in ("I", "Peak"))
    return loudness, peak


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_of(duration: float, *, stems: bool) -> float:
    """The resident memory of this process at its peak, in MB, after a piece of so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        make(MusicBrief(duration=duration, seed=7, mood="epic", stems=stems), Path(folder))
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    sys.exit(main())
