"""Which song a clip is of: by a catalogue of one's own, by AudD, by what the source itself says."""
