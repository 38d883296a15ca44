"""The providers of paid tasks that a worker has."""

from collections.abc import Mapping

from dalsegno.errors import AuthenticationFailed
from dalsegno.ports import TaskProvider


class TaskProviders:
    """By name. A worker has those that it was given a key for."""

    def __init__(self, providers: Mapping[str, TaskProvider]) -> None:
        self._providers = providers

    def __getitem__(self, name: str) -> TaskProvider:
        """The provider.

        Raises:
            AuthenticationFailed: this worker has no key for it.
        """
        provider = self._providers.get(name)
        if provider is None:
            raise AuthenticationFailed(
                f"The worker has no key for {name}: set DALSEGNO_{name.upper()}_API_KEY and restart it."
            )
        return provider
