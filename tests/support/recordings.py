"""Recordings for tests, made by ffmpeg."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

# Of 40 seconds: 20 nearly silent, 15 of music, 5 of fading.
QUIET_THEN_LOUD = (
    "sine=f=330:d=40,volume='if(lt(t,20),0.001,if(lt(t,35),0.9,0.05))':eval=frame,aformat=sample_rates=44100"
)


def record(path: Path, source: str, *options: str) -> Path:
    """Writes what a filter of ffmpeg sounds like into a file, in the format of its name."""
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, *options, "-y", path],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path
