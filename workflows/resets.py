"""How a workflow notices that it was reset.

A reset runs the workflow again from a point of its history, and changes its random seed there. Nothing else tells.
"""

from temporalio import workflow


class Resets:
    """Watches for resets; made once, when the workflow begins."""

    def __init__(self) -> None:
        self._arrived_at: int | None = None
        self._superseded = False
        workflow.register_random_seed_callback(self._notice)

    def _notice(self, _seed: int) -> None:
        self._arrived_at = workflow.info().get_current_history_length()
        self._superseded = True

    def arrived_now(self) -> bool:
        """Whether a reset arrived in this very workflow task, at this point of the history; tells it once."""
        now = self._arrived_at == workflow.info().get_current_history_length()
        if now:
            self._arrived_at = None
        return now

    def superseded_runs(self) -> bool:
        """Whether runs were superseded by a reset since this was last asked."""
        superseded, self._superseded = self._superseded, False
        return superseded
