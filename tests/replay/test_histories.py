"""Workflows in flight survive a new version of the code.

The histories were recorded from real runs: `RECORD_HISTORIES=1 python -m pytest tests/replay`.
"""

import json
import os
import re
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from dalsegno.runtime.plugin import DalSegnoPlugin
from tests.replay.fingerprint import fingerprint
from tests.replay.scenarios import SCENARIOS
from tests.support.harness import Harness
from workflows.generate_music import GenerateMusic

pytestmark = pytest.mark.asyncio(loop_scope="session")

HISTORIES = Path(__file__).parent / "histories"

LESSON = """
The commands of the workflow have changed: jobs in flight would fail to replay. Keep the old ones for them:

    if workflow.patched("what-changes"):
        new commands
    else:
        old commands

Then record the histories anew BESIDE the old ones (docs/changing-workflows.md tells how).
"""


def recorded(path: Path) -> WorkflowHistory:
    """A history from its file."""
    return WorkflowHistory.from_json(job_id_of(path.stem), path.read_text())


def job_id_of(scenario: str) -> str:
    """The job that a scenario was recorded with."""
    return scenario.replace("_", "-")


@pytest.mark.parametrize("path", sorted(HISTORIES.rglob("*.json")), ids=lambda path: path.stem)
async def test_recorded_histories_replay(path: Path) -> None:
    """Each was written by a version that somebody may still have jobs from."""
    replayer = Replayer(workflows=[GenerateMusic], plugins=[DalSegnoPlugin()])
    await replayer.replay_workflow(recorded(path))


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_commands_are_those_that_were_recorded(harness: Harness, name: str) -> None:
    """The scenario is run again: it gives the same commands in the same order, or a patch is due."""
    job_id = job_id_of(name)
    await SCENARIOS[name](harness, job_id)
    history = await harness.temporal.get_workflow_handle(job_id).fetch_history()
    path = HISTORIES / f"{name}.json"
    if os.environ.get("RECORD_HISTORIES"):
        path.write_text(without_identities(history))
    assert fingerprint(history) == fingerprint(recorded(path)), LESSON


def without_identities(history: WorkflowHistory) -> str:
    """The history as JSON, without the names and the paths of the machine it was made on."""
    text = json.dumps(json.loads(history.to_json()), indent=1)
    text = re.sub(r'"stackTrace": "(?:[^"\\]|\\.)*"', '"stackTrace": ""', text)
    return re.sub(r"\d+@[\w.-]+", "recorder", text) + "\n"
