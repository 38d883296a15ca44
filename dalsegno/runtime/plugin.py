"""The one plugin that configures client, workers, replayer and tests alike."""

import dataclasses

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

# Imported once for all workflows instead of once a workflow: they hold no state that a workflow could change.
PASSED_THROUGH = (
    "activities",
    "dalsegno",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "structlog",
    "workflows",
)

# A bug in workflow code fails the job, so that it is listed and can be reset, instead of leaving it Running for
# ever. A nondeterminism error is not among them: it means a deployment that jobs in flight can't follow, and it
# heals when the deployment is taken back.
BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _runner(runner: WorkflowRunner | None) -> WorkflowRunner:
    if not isinstance(runner, SandboxedWorkflowRunner):
        raise TypeError("Dal Segno's workflows run in the sandbox.")
    return dataclasses.replace(
        runner, restrictions=runner.restrictions.with_passthrough_modules(*PASSED_THROUGH)
    )


class DalSegnoPlugin(SimplePlugin):
    """Data converter, sandbox and failure types of Dal Segno's workflows."""

    def __init__(self) -> None:
        super().__init__(
            "dalsegno",
            data_converter=pydantic_data_converter,
            workflow_runner=_runner,
            workflow_failure_exception_types=list(BUGS),
        )
