"""Settings from the environment or a `.env` file. The Temporal connection has Temporal's own names."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from dalsegno.errors import SettingsError
from dalsegno.models import PROVIDERS

PREFIX = "DALSEGNO_"
_DOTENV = ".env"
_R2_HOST = ".r2.cloudflarestorage.com"


def _refuse(value: object) -> object:
    if value not in (None, ""):
        raise ValueError("is not available yet, unset it")
    return None


def _known_provider(name: str) -> str:
    if name not in PROVIDERS:
        raise ValueError(f"must be one of {', '.join(PROVIDERS)}")
    return name


def _bucket_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        raise ValueError("must be the name of a bucket: 3 to 63 lower-case letters, digits, '-' and '.'")
    return name


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_origin = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an address that is none
        is_origin = False
    if not is_origin or not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+/?", url):
        raise ValueError(
            "must be an address like https://s3.example.com, without the bucket, a path or a user"
        )
    return url.rstrip("/")


def _proxy(address: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(address.get_secret_value())
        is_proxy = (
            parts.scheme in {"http", "https", "socks5", "socks5h"}
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:  # a port or an address that is none
        is_proxy = False
    if not is_proxy:
        raise ValueError("must be an address like http://user:password@proxy.example.com:3128 or socks5://…")
    return address


def _account_id(account: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", account):
        raise ValueError("must be the 32 hexadecimal digits that Cloudflare's dashboard shows as account id")
    return account


NotYet = Annotated[None, BeforeValidator(_refuse)]


class Settings(BaseSettings):
    """Each field is the environment variable `DALSEGNO_` + its name in capitals.

    Attributes:
        home: where the embedded stack keeps all its state.
        database_url: SQLAlchemy URL; default SQLite in the home.
        s3_bucket: the bucket that serves as object store; default a folder in the home.
        s3_endpoint_url: where the bucket is, if not at Amazon.
        r2_account_id: the account at Cloudflare, if the bucket is there.
        provider: who makes the music where a request names nobody.
        mureka_concurrency: how many tasks the account may have in flight, over all machines.
        mureka_poll_seconds: how often a task is asked about.
        ytdlp_proxy: through which YouTube is reached; it may hold a password.
        ytdlp_cookies: a file of cookies that YouTube is shown, in Netscape's format.
        worker_concurrency: how many heavy steps one worker runs at once.
        retry_initial_seconds: the first wait before a provider-like step is tried again.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=_DOTENV, env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Path(".dalsegno")
    database_url: Annotated[str | None, Field(repr=False)] = None  # it may hold a password
    s3_bucket: Annotated[str, AfterValidator(_bucket_name)] | None = None
    s3_endpoint_url: Annotated[str, AfterValidator(_origin)] | None = None
    r2_account_id: Annotated[str, AfterValidator(_account_id)] | None = None
    provider: Annotated[str, AfterValidator(_known_provider)] = "builtin"
    mureka_api_key: SecretStr | None = None
    mureka_base_url: str = "https://api.mureka.ai"
    mureka_model: Literal["auto", "mureka-7.6", "mureka-8", "mureka-9", "mureka-9.5"] = "auto"
    mureka_concurrency: Annotated[int, Field(ge=1, le=1_000)] = 1
    mureka_poll_seconds: Annotated[float, Field(ge=0.1, le=60)] = 5.0
    ytdlp_proxy: Annotated[SecretStr, AfterValidator(_proxy)] | None = None
    ytdlp_cookies: Path | None = None
    audd_api_token: SecretStr | None = None
    audd_base_url: str = "https://api.audd.io"
    worker_concurrency: Annotated[int, Field(ge=1, le=64)] = 3
    retry_initial_seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    log_format: Literal["console", "json"] = "console"

    # Settings of the contract that nothing stands behind yet: refused, lest somebody trusts in them.
    encryption_key: NotYet = None
    metrics_address: NotYet = None

    @model_validator(mode="after")
    def _name_one_bucket(self) -> Self:
        if self.s3_endpoint_url and self.r2_account_id:
            raise ValueError(
                "DALSEGNO_S3_ENDPOINT_URL and DALSEGNO_R2_ACCOUNT_ID both say where the bucket is: unset one of them"
            )
        if self.s3_bucket is None and (self.s3_endpoint_url or self.r2_account_id):
            name = "DALSEGNO_S3_ENDPOINT_URL" if self.s3_endpoint_url else "DALSEGNO_R2_ACCOUNT_ID"
            raise ValueError(f"{name} is set, but DALSEGNO_S3_BUCKET is not: set it to the bucket's name")
        return self

    @cached_property
    def resolved_home(self) -> Path:
        """The home as an absolute path: child processes run elsewhere."""
        return self.home.expanduser().absolute()

    @property
    def home_database(self) -> Path:
        """The file of the database that there is where none is set."""
        return self.resolved_home / "dalsegno.db"

    @property
    def resolved_database_url(self) -> str:
        """The database, by default SQLite in the home."""
        return self.database_url or f"sqlite+aiosqlite:///{quote(str(self.home_database))}"

    @property
    def resolved_s3_endpoint_url(self) -> str | None:
        """Where the bucket is; None is Amazon."""
        if self.r2_account_id:
            return f"https://{self.r2_account_id}{_R2_HOST}"
        return self.s3_endpoint_url

    @property
    def s3_region(self) -> str | None:
        """The region that the service wants to hear; None leaves it to boto3's own settings."""
        endpoint = urlsplit(self.resolved_s3_endpoint_url or "")
        return "auto" if (endpoint.hostname or "").endswith(_R2_HOST) else None

    @property
    def secrets(self) -> list[str]:
        """What no log may show, in each form that it may take there."""
        # As SQLAlchemy reads it: a password may hold what would begin a path or a query elsewhere.
        password = re.match(r"[^:/]+://[^:/]*:([^@]+)@", self.resolved_database_url)
        found = [password[1], unquote(password[1])] if password else []
        if self.mureka_api_key:
            found.append(self.mureka_api_key.get_secret_value())
        if self.audd_api_token:
            found.append(self.audd_api_token.get_secret_value())
        if self.ytdlp_proxy:
            proxy = self.ytdlp_proxy.get_secret_value()
            of_proxy = urlsplit(proxy).password
            found += [proxy, of_proxy, unquote(of_proxy)] if of_proxy else []
        of_others = _variables("TEMPORAL_") | _variables("AWS_")
        names = ("TEMPORAL_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return [*found, *(of_others[name] for name in names if name in of_others)]

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
    if not mistake["loc"]:  # of several settings together, which it names itself
        return f"{said}."
    return f"{PREFIX}{str(mistake['loc'][0]).upper()} {said}."


def temporal_variables() -> dict[str, str]:
    """The settings of the Temporal connection: by environment, else by the `.env` file; empty ones are left out.

    Raises:
        SettingsError: the file can't be read.
    """
    return _variables("TEMPORAL_")


def aws_variables() -> dict[str, str]:
    """The settings of boto3, `AWS_…`, in the same way.

    Raises:
        SettingsError: the file can't be read, or half of a pair of credentials is missing.
    """
    found = _variables("AWS_")
    pair = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    missing = [name for name in pair if name not in found]
    if len(missing) == 1:
        (there,) = {*pair} - {*missing}
        raise SettingsError(f"{there} is set, but {missing[0]} is not: they belong together.")
    return found


def _variables(prefix: str) -> dict[str, str]:
    with _reading_dotenv():
        merged = dotenv_values(_DOTENV) | os.environ
    return {name: value for name, value in merged.items() if name.startswith(prefix) and value}


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
