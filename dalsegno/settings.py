"""Settings from the environment or a `.env` file. The Temporal connection has Temporal's own names."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from dalsegno.errors import SettingsError
from dalsegno.models import PROVIDERS

PREFIX = "DALSEGNO_"
_DOTENV = ".env"


def _refuse(value: object) -> object:
    if value not in (None, ""):
        raise ValueError("is not available yet, unset it")
    return None


def _known_provider(name: str) -> str:
    if name not in PROVIDERS:
        raise ValueError(f"must be one of {', '.join(PROVIDERS)}")
    return name


NotYet = Annotated[None, BeforeValidator(_refuse)]


class Settings(BaseSettings):
    """Each field is the environment variable `DALSEGNO_` + its name in capitals.

    Attributes:
        home: where the embedded stack keeps all its state.
        database_url: SQLAlchemy URL; default SQLite in the home.
        provider: who makes the music where a request names nobody.
        mureka_concurrency: how many tasks the account may have in flight, over all machines.
        mureka_poll_seconds: how often a task is asked about.
        worker_concurrency: how many heavy steps one worker runs at once.
        retry_initial_seconds: the first wait before a provider-like step is tried again.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=_DOTENV, env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Path(".dalsegno")
    database_url: str | None = None
    provider: Annotated[str, AfterValidator(_known_provider)] = "builtin"
    mureka_api_key: SecretStr | None = None
    mureka_base_url: str = "https://api.mureka.ai"
    mureka_model: Literal["auto", "mureka-7.6", "mureka-8", "mureka-9", "mureka-9.5"] = "auto"
    mureka_concurrency: Annotated[int, Field(ge=1, le=1_000)] = 1
    mureka_poll_seconds: Annotated[float, Field(ge=0.1, le=60)] = 5.0
    worker_concurrency: Annotated[int, Field(ge=1, le=64)] = 3
    retry_initial_seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    log_format: Literal["console", "json"] = "console"

    # Settings of the contract that nothing stands behind yet: refused, lest somebody trusts in them.
    s3_bucket: NotYet = None
    s3_endpoint_url: NotYet = None
    r2_account_id: NotYet = None
    encryption_key: NotYet = None
    metrics_address: NotYet = None

    @cached_property
    def resolved_home(self) -> Path:
        """The home as an absolute path: child processes run elsewhere."""
        return self.home.expanduser().absolute()

    @property
    def resolved_database_url(self) -> str:
        """The database, by default SQLite in the home."""
        return self.database_url or f"sqlite+aiosqlite:///{quote(str(self.resolved_home / 'dalsegno.db'))}"

    @property
    def secrets(self) -> list[str]:
        """What no log may show, in each form that it may take there."""
        password = urlsplit(self.resolved_database_url).password
        found = [password, unquote(password)] if password else []
        if self.mureka_api_key:
            found.append(self.mureka_api_key.get_secret_value())
        return [*found, *filter(None, [os.environ.get("TEMPORAL_API_KEY")])]

    @property
    def objects_folder(self) -> Path:
        """The folder that serves as object store."""
        return self.resolved_home / "objects"

    @property
    def scratch_folder(self) -> Path:
        """Where workers keep files while they work."""
        return Path(tempfile.gettempdir()) / f"dalsegno-{os.getuid()}"


def load_settings() -> Settings:
    """Reads the settings.

    Raises:
        SettingsError: naming the variable that is wrong, never its value.
    """
    try:
        with _reading_dotenv():
            return Settings()
    except ValidationError as error:
        raise SettingsError(" ".join(map(_sentence, error.errors(include_input=False)))) from None


def _sentence(mistake: ErrorDetails) -> str:
    said = mistake["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{PREFIX}{str(mistake['loc'][0]).upper()} {said}."


def temporal_variables() -> dict[str, str]:
    """The settings of the Temporal connection: by environment, else by the `.env` file; empty ones are left out.

    Raises:
        SettingsError: the file can't be read.
    """
    with _reading_dotenv():
        merged = dotenv_values(_DOTENV) | os.environ
    return {name: value for name, value in merged.items() if name.startswith("TEMPORAL_") and value}


def temporal_address_is_set() -> bool:
    """Whether the settings name a Temporal server, which then goes before the embedded stack."""
    return "TEMPORAL_ADDRESS" in temporal_variables()


@contextmanager
def _reading_dotenv() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise SettingsError(f"The file {_DOTENV} is not text in UTF-8: save it as such.") from None
    except OSError as error:
        raise SettingsError(f"The file {_DOTENV} can't be read: {error.strerror}.") from None
