from dalsegno.commands.stack import DEMO_SECONDS, EXAMPLE, example
from dalsegno.scenes import read_transcript


def test_the_demo_s_example_is_found_and_long_enough() -> None:
    """It fills the demo's whole length with speech."""
    segments = read_transcript(example().read_bytes(), EXAMPLE)

    assert segments[-1].end >= DEMO_SECONDS
