"""Telling English from other languages."""

import pytest

from bench.scene_lines import LANGUAGES, held_out
from dalsegno.scenes.language import is_mostly_english


def test_every_line_of_english_is_taken_for_english() -> None:
    """Each by itself, however short."""
    lines = [line.text for name in ("plain_en", "development_en", "test_en") for line in held_out(name)]
    assert [line for line in lines if not is_mostly_english([line])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_lines_of_another_language_are_enough(language: str) -> None:
    """A transcript of a minute has more."""
    lines = [line.text for line in held_out(f"test_{language}")]
    assert not any(is_mostly_english(lines[at : at + 5]) for at in range(0, len(lines), 5))


def test_names_and_a_few_foreign_words_do_not_turn_english_into_another_language() -> None:
    """Most of what is said decides."""
    assert is_mostly_english(
        ["We ate tacos al pastor in the Calle de la Rosa, and it was the best that I had."]
    )
    assert not is_mostly_english(["Das war ein cooler Move, und der Coach sagt, es ist nice."])


def test_a_language_without_any_known_word_is_told_by_what_it_lacks() -> None:
    """Finnish: thirty words, none of them common in English."""
    assert not is_mostly_english(
        ["Kylm\u00e4 talvi tulee taas ja lumi peitt\u00e4\u00e4 koko mets\u00e4n hiljaa."] * 4
    )


def test_signs_and_numbers_are_of_no_language() -> None:
    """They get the benefit of the doubt."""
    assert is_mostly_english(["12 + 30", "..."])
    assert is_mostly_english([])
