"""The table of docs/queue-worker.md: each of its rows is proved by tests that are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in (ROOT / "docs/queue-worker.md").read_text().splitlines()
    if "::" in line
]
# What was measured to go wrong.
CASES = 27


def names_of_tests(path: Path) -> set[str]:
    """The tests of a module, without importing it."""
    body = ast.parse(path.read_text()).body
    return {each.name for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_row_is_missing() -> None:
    """One for each case, none of them twice, none without a cell."""
    assert len({row[0] for row in ROWS}) == len(ROWS) == CASES
    assert all(len(row) == 4 and all(row) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_names_tests_that_are_there(row: list[str]) -> None:
    """As pytest takes them, and nothing else in the cell."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row[-1])
    assert row[-1] == " ".join(f"`{path}::{name}`" for path, name in named)
    for path, name in named:
        assert name in names_of_tests(ROOT / path), f"{path} has no {name}."
