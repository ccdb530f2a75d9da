"""Structured logs: one JSON object a line, for whatever collects them."""

import json
import logging
from datetime import UTC, datetime

# What every record has; anything else came in by `extra=` and is part of the message.
_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# Django hangs the whole request on its records: not for logs.
_NEVER = frozenset({"request", "server_time"})


class JsonFormatter(logging.Formatter):
    """Time (UTC), level, logger, message, the values of `extra`, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {key: value for key, value in record.__dict__.items() if key not in _USUAL and key not in _NEVER}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)
