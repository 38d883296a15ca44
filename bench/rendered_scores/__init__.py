"""Scores of known key and tempo, played by the composer's own sampler: what listening is measured against."""
