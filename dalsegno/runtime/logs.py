"""Logs, on standard error: for people or as JSON lines. Temporal's and all libraries' go the same way."""

import logging
import sys
from collections.abc import Sequence
from typing import Literal

import structlog


def configure_logs(log_format: Literal["console", "json"], secrets: Sequence[str] = ()) -> None:
    """Sets up structlog and the standard library's logging to write one line an event.

    Args:
        log_format: for people or for machines.
        secrets: what must not be written, wherever it comes from: texts of errors hold addresses and keys.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor
    if log_format == "json":
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    else:
        # Plain: the richer form of a traceback shows the values of variables, and among them secrets.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
                _Redaction(secrets),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _Redaction:
    """Replaces secrets in a line that is ready to be written."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # The longest first, since one may hold another.
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def __call__(self, _logger: object, _method: str, line: object) -> str:
        text = str(line)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text
