"""Settings from the environment."""

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

from dalsegno.errors import SettingsError
from dalsegno.settings import load_settings, temporal_address_is_set, temporal_variables


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets is set."""
    for name in ("HOME", "PROVIDER", "DATABASE_URL", "WORKER_CONCURRENCY", "LOG_FORMAT"):
        monkeypatch.delenv(f"DALSEGNO_{name}", raising=False)
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    """A home in the current folder, with all that the embedded stack keeps."""
    settings = load_settings()
    assert settings.resolved_home == tmp_path / ".dalsegno"
    assert settings.resolved_database_url == f"sqlite+aiosqlite:///{tmp_path}/.dalsegno/dalsegno.db"
    assert (settings.provider, settings.worker_concurrency) == ("builtin", 3)
    assert settings.retry_initial_seconds == 5


def test_a_dotenv_file_is_read_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As everywhere."""
    (tmp_path / ".env").write_text("DALSEGNO_WORKER_CONCURRENCY=2\nDALSEGNO_LOG_FORMAT=json\nOTHER=1\n")
    monkeypatch.setenv("DALSEGNO_LOG_FORMAT", "console")
    settings = load_settings()
    assert (settings.worker_concurrency, settings.log_format) == (2, "console")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER_CONCURRENCY", "0"),
        ("WORKER_CONCURRENCY", "many"),
        ("PROVIDER", "suno"),
        ("LOG_FORMAT", "xml"),
        ("RETRY_INITIAL_SECONDS", "-1"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One sentence, with the variable in it."""
    monkeypatch.setenv(f"DALSEGNO_{name}", value)
    with pytest.raises(SettingsError, match=rf"^DALSEGNO_{name} .*\.$"):
        load_settings()


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "METRICS_ADDRESS"])
def test_what_nothing_stands_behind_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nobody is left to believe that payloads are encrypted; the value isn't shown."""
    monkeypatch.setenv(f"DALSEGNO_{name}", "hunter2")
    with pytest.raises(SettingsError, match=f"^DALSEGNO_{name} is not available yet, unset it") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_any_home_makes_a_database_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Characters with a meaning in addresses are just characters in a folder's name."""
    home = tmp_path / "50% of what? #1 é"
    monkeypatch.setenv("DALSEGNO_HOME", str(home))
    assert make_url(load_settings().resolved_database_url).database == str(home / "dalsegno.db")


def test_the_temporal_connection_is_set_in_the_dotenv_file_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment goes before it, and an empty variable hides what stands there."""
    assert not temporal_address_is_set()
    (tmp_path / ".env").write_text(
        "TEMPORAL_ADDRESS=file:7233\nTEMPORAL_NAMESPACE=file\nTEMPORAL_API_KEY=file\nOTHER=1\n"
    )
    monkeypatch.setenv("TEMPORAL_ADDRESS", "environment:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "")
    assert temporal_variables() == {"TEMPORAL_ADDRESS": "environment:7233", "TEMPORAL_NAMESPACE": "file"}
    assert temporal_address_is_set()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It doesn't make the current folder the home."""
    monkeypatch.setenv("DALSEGNO_HOME", "")
    assert load_settings().resolved_home == tmp_path / ".dalsegno"


def test_a_dotenv_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """One sentence, for either kind of settings."""
    (tmp_path / ".env").write_bytes("DALSEGNO_HOME=Café\n".encode("latin-1"))
    for read in (load_settings, temporal_variables):
        with pytest.raises(SettingsError, match=r"^The file \.env is not text in UTF-8"):
            read()


@pytest.mark.parametrize("name", ["DALSEGNO_MUREKA_API_KEY", "DALSEGNO_AUDD_API_TOKEN"])
def test_what_a_service_is_paid_by_is_a_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No log may show it."""
    monkeypatch.setenv(name, "k3y-0123456789")
    settings = load_settings()
    assert "k3y-0123456789" in settings.secrets
    assert "k3y-0123456789" not in repr(settings)


@pytest.mark.parametrize("password", ["s3cret", "s3%40cret", "s3/cret?#", "s3[cret"])
def test_the_database_s_password_is_a_secret(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    """As it stands in the address and as it is sent, whatever it holds."""
    monkeypatch.setenv("DALSEGNO_DATABASE_URL", f"postgresql://user:{password}@host/db")
    secrets = load_settings().secrets
    assert make_url(f"postgresql://user:{password}@host/db").password in secrets
    assert password in secrets
    assert password not in repr(load_settings())
