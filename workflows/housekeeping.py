"""Housekeeping, every few minutes by a Schedule: rows, runs and staging are brought in line with Temporal."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.housekeeping import Housekeeping, Sweep
from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE
from workflows.policies import POLICIES


@workflow.defn(name=HOUSEKEEPING_WORKFLOW_TYPE)
class MusicHousekeeping:
    """One round through the house."""

    @workflow.run
    async def run(self) -> Sweep:
        """Brings rows in line, looks after runs, clears staging. Returns what the next round has to know."""
        known = workflow.get_last_completion_result(Sweep) or Sweep(at=workflow.now(), orphans=[])
        # What can't be done is no reason to leave the rest undone.
        with _left_undone("The rows were not brought in line"):
            await workflow.execute_activity_method(
                Housekeeping.reconcile_rows,
                workflow.now(),
                summary="Bring the rows in line",
                **POLICIES["reconcile_rows"].options(),
            )
        known = known.model_copy(update={"at": workflow.now()})
        with _left_undone("The runs were not looked after"):
            runs_until = await workflow.execute_activity_method(
                Housekeeping.reconcile_runs,
                known,
                summary="Look after what began or ended",
                **POLICIES["reconcile_runs"].options(),
            )
            known = known.model_copy(update={"runs_until": runs_until})
        with _left_undone("The staging was not swept"):
            known = await workflow.execute_activity_method(
                Housekeeping.sweep_staging,
                known.model_copy(update={"at": workflow.now()}),
                summary="Sweep the staging",
                **POLICIES["sweep_staging"].options(),
            )
        return known  # noqa: RET504 - as it was, if the staging was not swept


@contextmanager
def _left_undone(warning: str) -> Iterator[None]:
    try:
        yield
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning(warning)
