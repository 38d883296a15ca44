"""How a workflow notices that it was reset.

A reset runs the workflow again from a point of its history, and changes its random seed there. Nothing else tells.
"""

from temporalio import workflow


class Resets:
    """Counts the resets of a workflow; made once, when it begins."""

    def __init__(self) -> None:
        self.count = 0
        workflow.register_random_seed_callback(self._notice)

    def _notice(self, _seed: int) -> None:
        # Called from outside the workflow's event loop: nothing of `workflow` may be used here.
        self.count += 1
