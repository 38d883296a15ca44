"""Commands of the contract that nothing stands behind yet: refused by name, never taken for a slip of the finger."""

from typing import Any

from typer.core import TyperGroup

from dalsegno.errors import InvalidRequest

NOT_YET = ("batch", "purge")


class Commands(TyperGroup):
    """The commands of the program."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name.

        Raises:
            InvalidRequest: it is not available yet.
        """
        if cmd_name in NOT_YET:
            raise InvalidRequest(f"`{cmd_name}` is not available yet.")
        return super().get_command(ctx, cmd_name)
