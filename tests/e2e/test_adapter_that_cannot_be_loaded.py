"""A worker whose object store can't be loaded."""

import subprocess
import sys
from pathlib import Path

from tests.support.programs import ROOT, Home
from tests.support.seaweedfs import CREDENTIALS


def test_a_store_that_cannot_be_loaded_ends_the_worker(home: Home, tmp_path: Path) -> None:
    """It takes no job, so none is completed without its files, and says what is missing."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/boto3.py").write_text("raise ImportError('No module of S3 here.')\n")
    bucket = {"DALSEGNO_S3_BUCKET": "music", "DALSEGNO_S3_ENDPOINT_URL": "http://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, ROOT / "worker.py"],
        env=home.environment | CREDENTIALS | bucket | {"PYTHONPATH": str(tmp_path / "broken")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode not in {0, 3}
    assert "No module of S3 here." in done.stderr
    assert "worker_started" not in done.stderr
