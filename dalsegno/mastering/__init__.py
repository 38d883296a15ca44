"""Mastering, the same for all music: loudness, true peaks, the scenes' energy, `master.wav` and `preview.mp3`.

Pure: it knows numbers and files, and nothing of servers or settings.
"""
