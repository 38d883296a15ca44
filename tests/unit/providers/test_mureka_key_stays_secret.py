"""The key, and the addresses of files, appear nowhere: not in errors, tracebacks, representations or logs."""

import json
import logging
import traceback
from pathlib import Path

import pytest

from dalsegno.errors import DalSegnoError
from dalsegno.models import MusicBrief
from dalsegno.providers.mureka import Mureka
from tests.support.departing import at_once
from tests.support.mureka_simulator import API_KEY, MurekaSimulator
from tests.support.mureka_simulator_book import Fault

# A service that repeats the key, as some do: plain, cut in two by a control character, and at the edge of a quote.
ECHO = json.dumps({"error": {"message": f"Incorrect API key provided: {API_KEY}. {'x' * 120} {API_KEY}"}})
FAULTS = [
    *(Fault("submit", "raw", status=status, message=ECHO) for status in (400, 401, 403, 404, 429, 500, 503)),
    *(Fault("submit", kind, accepted=True) for kind in ("cut", "malformed", "hang")),
    Fault("submit", "missing", field="id", accepted=True),
    *(Fault("query", "raw", status=status, message=ECHO) for status in (200, 400, 401, 404, 500)),
    *(Fault("query", kind) for kind in ("cut", "malformed", "hang")),
    *(Fault("download", kind) for kind in ("cut", "html", "truncated")),
    Fault("query", "raw", status=200, message=json.dumps({"status": f"odd {API_KEY}"})),
    Fault("download", "redirect", location="https://127.0.0.1/private?signature=x"),
]


async def whole_job(mureka: Mureka, brief: MusicBrief, folder: Path) -> None:
    """Submits, asks, downloads."""
    task_id = await mureka.submit(brief, about_to_send=at_once)
    await mureka.task(task_id)
    await mureka.download(task_id, folder, lambda _fraction, _message: None)


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_error_and_no_log_shows_it(
    fault: Fault,
    hasty: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With all logs at their finest. Tracebacks end in our own code: the frames of httpx hold the key."""
    caplog.set_level(logging.DEBUG)
    simulator.order(fault)
    with pytest.raises(DalSegnoError) as raised:
        await whole_job(hasty, brief, tmp_path)
    shown = f"{raised.value!r} {''.join(traceback.format_exception(raised.value))} {caplog.text}"
    assert API_KEY not in shown
    assert "signature=" not in shown
    assert "/files/" not in shown
    assert "site-packages/http" not in shown


async def test_a_whole_job_logs_neither_key_nor_address(
    mureka: Mureka,
    simulator: MurekaSimulator,
    brief: MusicBrief,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where nothing goes wrong, too."""
    caplog.set_level(logging.DEBUG)
    await whole_job(mureka, brief, tmp_path)
    await mureka.account()
    assert API_KEY not in caplog.text
    assert "/files/" not in caplog.text
    assert "expires=" not in caplog.text


def test_no_representation_shows_it(mureka: Mureka) -> None:
    """Of the client and what it is made of."""
    assert API_KEY not in repr(mureka)
    assert API_KEY not in str(mureka)
