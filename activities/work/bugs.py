"""What nobody expects to be raised, told in one sentence."""

import traceback
from pathlib import Path


def describe_bug(error: Exception) -> str:
    """An unexpected error in one sentence: what and where it is, not what it says."""
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    where = f" at {Path(frame.filename).name}:{frame.lineno}" if frame else ""
    return f"A bug in Dal Segno: {type(error).__name__}{where}. The worker's log has the details."
