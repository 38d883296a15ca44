"""The arrows that import-linter can't see: those of the two programs at the top, and what imports may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("dalsegno", "activities", "workflows")


def imported_names(path: Path) -> set[str]:
    """The first parts of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_imports_the_programs(package: str) -> None:
    """`worker` and `starter` stand at the top."""
    for path in (ROOT / package).rglob("*.py"):
        assert not imported_names(path) & {"worker", "starter"}, path


def test_the_command_line_imports_no_workflow_and_no_activity() -> None:
    """It addresses them by the names of the contract."""
    for path in [ROOT / "starter.py", *(ROOT / "dalsegno").rglob("*.py")]:
        assert not imported_names(path) & {"workflows", "activities"}, path


def test_workflows_package_is_empty() -> None:
    """It would run again in every sandbox."""
    assert (ROOT / "workflows/__init__.py").read_text() == ""


def loaded_after(statement: str) -> set[str]:
    """The modules in a fresh Python after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_ground_is_light() -> None:
    """Models, errors, ports and settings load no numbers, no database, no Temporal."""
    loaded = loaded_after("import dalsegno.models, dalsegno.errors, dalsegno.ports, dalsegno.settings")
    assert not loaded & {"numpy", "sqlalchemy", "temporalio", "onnxruntime", "PIL"}


def test_a_worker_starts_without_what_only_rendering_needs() -> None:
    """The heavy libraries load when first needed, in the processes that need them."""
    loaded = loaded_after("import worker")
    assert not loaded & {"numpy", "scipy", "onnxruntime", "PIL", "soundfile", "sqlalchemy"}
