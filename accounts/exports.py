"""CSV that leaves the house, inert in a spreadsheet (promises X4)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class _Echo:
    """A file whose write gives back what is written: csv.writer makes lines without a buffer."""

    def write(self, line: str) -> str:
        return line


def inert(value: Any) -> str:
    """The text of a cell that no spreadsheet takes for a formula; numbers stay as they are.

    Text that starts as a formula does gets an apostrophe before it (OWASP, CSV injection).
    """
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, str) and text.lstrip().startswith(_STARTS):
        return f"'{text}"
    return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file line by line, with a byte order mark so that spreadsheets read it as UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([inert(cell) for cell in header])
    for row in rows:
        yield writer.writerow([inert(cell) for cell in row])


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A streamed download named `name`.csv."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
