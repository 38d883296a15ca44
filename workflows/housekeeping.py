"""Housekeeping: rows and staging are brought in line with what Temporal knows, every few minutes, by a Schedule."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.housekeeping import Housekeeping, Sweep
from dalsegno.models import HOUSEKEEPING_WORKFLOW_TYPE
from workflows.policies import POLICIES


@workflow.defn(name=HOUSEKEEPING_WORKFLOW_TYPE)
class MusicHousekeeping:
    """One round through the house."""

    @workflow.run
    async def run(self) -> Sweep:
        """Closes rows, clears staging. Returns what the next round has to know."""
        earlier: Sweep | None = workflow.get_last_completion_result(Sweep)
        try:
            await workflow.execute_activity_method(
                Housekeeping.reconcile_rows,
                workflow.now(),
                summary="Bring the rows in line",
                **POLICIES["reconcile_rows"].options(),
            )
        except ActivityError:  # the one is no reason to leave the other undone
            workflow.logger.warning("The rows were not brought in line")
        return await workflow.execute_activity_method(
            Housekeeping.sweep_staging,
            Sweep(at=workflow.now(), orphans=earlier.orphans if earlier else []),
            summary="Sweep the staging",
            **POLICIES["sweep_staging"].options(),
        )
