"""A workflow's commands, from its history: what a new version of the code has to give again, in the same order."""

from temporalio.client import WorkflowHistory


def fingerprint(history: WorkflowHistory) -> list[str]:
    """One line a command: what it is, and for activities which."""
    commands = []
    for event in history.events:
        kind = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        match kind:
            case "activity_task_scheduled":
                commands.append(
                    f"activity {event.activity_task_scheduled_event_attributes.activity_type.name}"
                )
            case "activity_task_cancel_requested" | "timer_started" | "upsert_workflow_search_attributes":
                commands.append(kind)
            case "workflow_task_failed":
                commands.append("reset")
            case (
                "workflow_execution_cancel_requested"
                | "workflow_execution_canceled"
                | "workflow_execution_completed"
                | "workflow_execution_failed"
            ):
                commands.append(kind)
    return commands
