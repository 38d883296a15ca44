"""Seconds as people read them on a player."""


def clock(seconds: float) -> str:
    """`75.4` as `1:15`: minutes and whole seconds, rounded down as players do. Below zero counts as zero."""
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    return f"{minutes}:{rest:02d}"
