"""The settings of a bucket, and what the store is made of."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dalsegno.adapters import build_store
from dalsegno.errors import SettingsError
from dalsegno.settings import aws_variables, load_settings
from dalsegno.storage.local import FolderObjectStore
from dalsegno.storage.s3 import S3ObjectStore

ACCOUNT = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets is set."""
    for name in [*os.environ]:
        if name.startswith(("AWS_", "DALSEGNO_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def where(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str | None, str | None, str | None]:
    """Bucket, address and region that settings amount to."""
    for name, value in variables.items():
        monkeypatch.setenv(f"DALSEGNO_{name}", value)
    settings = load_settings()
    return settings.s3_bucket, settings.resolved_s3_endpoint_url, settings.s3_region


def test_an_account_id_is_all_that_r2_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and region follow from it."""
    assert where(monkeypatch, S3_BUCKET="music", R2_ACCOUNT_ID=ACCOUNT) == (
        "music",
        f"https://{ACCOUNT}.r2.cloudflarestorage.com",
        "auto",
    )


@pytest.mark.parametrize(
    ("given", "address", "region"),
    [
        ("http://127.0.0.1:8333", "http://127.0.0.1:8333", None),
        ("http://[::1]:9000/", "http://[::1]:9000", None),
        (
            f"https://{ACCOUNT}.eu.r2.cloudflarestorage.com",
            f"https://{ACCOUNT}.eu.r2.cloudflarestorage.com",
            "auto",
        ),
    ],
)
def test_an_address_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, given: str, address: str, region: str | None
) -> None:
    """Any service that speaks S3; R2's jurisdictions have addresses of their own."""
    assert where(monkeypatch, S3_BUCKET="music", S3_ENDPOINT_URL=given) == ("music", address, region)


def test_without_an_address_the_bucket_is_amazon_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with every tool that uses boto3."""
    assert where(monkeypatch, S3_BUCKET="my.music-1") == ("my.music-1", None, None)


def test_without_a_bucket_a_folder_is_the_store(tmp_path: Path) -> None:
    """Credentials alone, which a machine may have for other ends, change nothing."""
    (tmp_path / ".env").write_text("AWS_ACCESS_KEY_ID=half\n")
    assert isinstance(build_store(load_settings()), FolderObjectStore)
    assert load_settings().secrets == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("S3_BUCKET", "Music"),
        ("S3_BUCKET", "ab"),
        ("S3_BUCKET", "music/master"),
        ("S3_BUCKET", "m" * 64),
        ("S3_ENDPOINT_URL", "s3.example.com"),
        ("S3_ENDPOINT_URL", "ftp://s3.example.com"),
        ("S3_ENDPOINT_URL", "file:///etc/passwd"),
        ("S3_ENDPOINT_URL", "https://user:hunter2@s3.example.com"),
        ("S3_ENDPOINT_URL", "https://s3.example.com/music"),
        ("S3_ENDPOINT_URL", "https://s3.example.com?hunter2"),
        ("S3_ENDPOINT_URL", "https://s3.example.com:99999"),
        ("S3_ENDPOINT_URL", "https://[::1"),
        ("S3_ENDPOINT_URL", "https://s3.example.com\nHost: hunter2"),
        ("S3_ENDPOINT_URL", "https://"),
        ("R2_ACCOUNT_ID", "hunter2"),
        ("R2_ACCOUNT_ID", ACCOUNT.upper()),
        ("R2_ACCOUNT_ID", f"{ACCOUNT[:-4]}.com"),
        ("R2_ACCOUNT_ID", f"{ACCOUNT}\n"),
    ],
)
def test_a_malformed_one_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """One sentence that says what it must be."""
    with pytest.raises(SettingsError, match=rf"^DALSEGNO_{name} must be .*\.$") as caught:
        where(monkeypatch, **{"S3_BUCKET": "music", name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"S3_ENDPOINT_URL": "https://s3.example.com"},
            "DALSEGNO_S3_ENDPOINT_URL is set, but DALSEGNO_S3_BUCKET",
        ),
        ({"R2_ACCOUNT_ID": ACCOUNT}, "DALSEGNO_R2_ACCOUNT_ID is set, but DALSEGNO_S3_BUCKET is not"),
        (
            {"S3_BUCKET": "music", "R2_ACCOUNT_ID": ACCOUNT, "S3_ENDPOINT_URL": "https://s3.example.com"},
            "DALSEGNO_S3_ENDPOINT_URL and DALSEGNO_R2_ACCOUNT_ID both",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    """Nobody is left to guess which of two settings counts, or why music lies in a folder."""
    with pytest.raises(SettingsError, match=f"^{sentence}"):
        where(monkeypatch, **variables)


def test_credentials_stand_in_the_dotenv_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment goes before it; what is secret is kept out of logs wherever it stands."""
    (tmp_path / ".env").write_text(
        "AWS_ACCESS_KEY_ID=file\nAWS_SECRET_ACCESS_KEY=file-secret\nAWS_SESSION_TOKEN=file-token\nOTHER=1\n"
    )
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
    assert aws_variables() == {
        "AWS_ACCESS_KEY_ID": "file",
        "AWS_SECRET_ACCESS_KEY": "environment-secret",
        "AWS_SESSION_TOKEN": "file-token",
    }
    assert set(load_settings().secrets) == {"environment-secret", "file-token"}


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ],
)
def test_half_a_pair_of_credentials_is_refused(
    monkeypatch: pytest.MonkeyPatch, there: str, missing: str
) -> None:
    """As soon as there is a bucket that they would be for."""
    monkeypatch.setenv("DALSEGNO_S3_BUCKET", "music")
    monkeypatch.setenv(there, "hunter2")
    with pytest.raises(SettingsError, match=f"^{there} is set, but {missing} is not"):
        build_store(load_settings())


@pytest.mark.parametrize(
    ("variables", "address", "region"),
    [
        (
            {"S3_BUCKET": "music", "R2_ACCOUNT_ID": ACCOUNT},
            f"https://{ACCOUNT}.r2.cloudflarestorage.com/music/k%20ü",
            "auto",
        ),
        (
            {"S3_BUCKET": "music", "S3_ENDPOINT_URL": "http://127.0.0.1:8333"},
            "http://127.0.0.1:8333/music/k%20ü",
            "eu-north-1",
        ),
        ({"S3_BUCKET": "music"}, "https://music.s3.eu-north-1.amazonaws.com/k%20ü", "eu-north-1"),
        ({"S3_BUCKET": "my.music"}, "https://s3.eu-north-1.amazonaws.com/my.music/k%20ü", "eu-north-1"),
    ],
)
async def test_requests_go_where_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], address: str, region: str
) -> None:
    """Seen by a link, which is made without asking anybody. At Amazon the host is that of the region."""
    where(monkeypatch, **variables)
    for name, value in (("ACCESS_KEY_ID", "id"), ("SECRET_ACCESS_KEY", "secret"), ("REGION", "eu-north-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    store = build_store(load_settings())
    assert isinstance(store, S3ObjectStore)
    link = await store._calls.presigned("get_object", key="k ü", seconds=60)
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == address.replace("ü", "%C3%BC")
    query = parse_qs(parts.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Credential"][0].split("/")[2] == region
    await store.close()
