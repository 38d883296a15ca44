"""Tempo, key and mood of a clip, each with how sure one may be of it.

Pure: it knows numbers, music and files, and nothing of servers or settings.
"""

from dalsegno.reference.analysis.description import SongFeatures, describe

__all__ = ["SongFeatures", "describe"]
