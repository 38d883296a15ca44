"""The worker as a program whose object store is a bucket."""

import subprocess
import sys

import pytest

from tests.support.programs import ROOT, Home
from tests.support.seaweedfs import CREDENTIALS, SeaweedFS


def ended(home: Home, **environment: str) -> tuple[int, str]:
    """How `python worker.py` ends, which finds no Temporal server to go on to, and what it says until then."""
    home.path.mkdir()
    kept = {name: value for name, value in home.environment.items() if not name.startswith("AWS_")}
    alone = {
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "HOME": str(home.path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "DALSEGNO_DATABASE_URL": f"sqlite+aiosqlite:///{home.path}/nowhere/music.db",
    }
    done = subprocess.run(
        [sys.executable, ROOT / "worker.py"],
        env=kept | alone | environment,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "set AWS_ACCESS_KEY_ID"),
        ({"DALSEGNO_S3_BUCKET": "no-such-bucket"}, "set DALSEGNO_S3_BUCKET to another"),
    ],
)
def test_a_bucket_that_needs_a_person_ends_it(
    home: Home, seaweedfs: SeaweedFS, bucket: str, wrong: dict[str, str], sentence: str
) -> None:
    """Exit 2 and one sentence that says what to set, before any job is taken only to fail."""
    settings = {"DALSEGNO_S3_BUCKET": bucket, "DALSEGNO_S3_ENDPOINT_URL": seaweedfs.endpoint_url}
    code, said = ended(home, **(settings | CREDENTIALS | wrong))
    assert code == 2, said
    assert sentence in said.splitlines()[-1]
    assert "Traceback" not in said
    assert "hunter2" not in said


def test_a_bucket_that_is_away_does_not_end_it(home: Home) -> None:
    """It may come back: the worker goes on, here as far as to the server that isn't there."""
    settings = {"DALSEGNO_S3_BUCKET": "music", "DALSEGNO_S3_ENDPOINT_URL": "http://127.0.0.1:1"}
    code, said = ended(home, **(settings | CREDENTIALS))
    assert code == 3, said
    assert "storage_unavailable" in said
    assert "at http://127.0.0.1:1 can't be reached" in said
