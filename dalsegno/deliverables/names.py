"""The names of what a job publishes, and what each kind of file is."""

MASTER, PREVIEW, WAVEFORM, SCORE, PAGE = (
    "master.wav",
    "preview.mp3",
    "waveform.png",
    "score.mid",
    "index.html",
)
METADATA = "metadata.json"

# By suffix, for the object store.
CONTENT_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".json": "application/json",
    ".mid": "audio/midi",
    ".html": "text/html; charset=utf-8",
}
