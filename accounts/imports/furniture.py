"""What reports write around their table: titles and filters above it, totals and notices below (domain.md §8). Pure.

Formatted reports of Salesforce and the like, saved from a spreadsheet, hold all of it; none of it is a row.
"""

import re
from collections.abc import Collection, Sequence

from accounts.imports.fields import squeeze

# So far down a header is looked for.
HEADING_LINES = 40
# Nothing of this kind is longer; so patterns cost little whatever a file holds.
LONGEST = 200
HEADING = "A line above the table"
NOTICE = "A notice of the report"
TOTALS = "Totals of the report"
CLOSING = "A line of text under the table"
HEADER_AGAIN = "The names of the columns again"

_NOTICE = re.compile(
    r"copyright (?:\(c\)|©|\d{4})|confidential information|vertrauliche informationen|(?:report )?generated (?:by|on|at)\b"
    r"|(?:exported|erstellt|generiert) (?:by|on|at|von|am)\b.{0,80}$|.*\ball rights reserved|.*\balle rechte vorbehalten",
    re.IGNORECASE,
)
_TOTALS = re.compile(
    r"(?:grand[ -]?total|sub[ -]?total|total|gesamt|gesamtsumme|gesamtergebnis|zwischensumme|teilergebnis|summe|endsumme"
    r"|total général|total general|totaal)s?(?: (?:records?|rows?|count|datensätze))?\s*:?\s*(?:\(?[\d.,]+(?: \w+)?\)?)?"
    r"|(?:record |row )?count\s*:?\s*\d*|\(?[\d.,]+ (?:total )?(?:records?|rows?|datensätze)\)?",
    re.IGNORECASE,
)
_GROUP = re.compile(r".+\(\d[\d.,]* (?:records?|datensätze|datensatz)\)", re.IGNORECASE)
_NUMBERED = re.compile(r" \(\d+\)$")
_SUMMARY = re.compile(
    r"[A-Z]{3}|(?:sum|avg|average|min|max|median|count|record count|total|summe|mittelwert|anzahl)(?: of .*)?:?"
    r"|[^\w]*(?:[A-Z]{3}\s*)?[-(]?\s*[\d.,'\s]*\d[\d.,'\s]*\)?\s*(?:[A-Z]{3}|[%€$£¥]|records?|rows?|datensätze)?\)?",
    re.IGNORECASE,
)


class Table:
    """The table that a report is written around, by the names of its columns."""

    def __init__(self, header: Sequence[str]) -> None:
        self._names = [squeeze(_NUMBERED.sub("", name)) for name in header]
        self._known = {name.strip() for name in header}

    def why_no_row(self, cells: Sequence[str], *, after_blank: bool) -> str:
        """Why these cells are no row of the table; "" for what may be one.

        `after_blank`: an empty line is above it. There a single cell is no row of a table of three columns or more.
        """
        first = next(filter(None, cells)).strip()[:LONGEST]
        if len(cells) - cells.count("") == 1:
            if _NOTICE.match(first):
                return NOTICE
            if _GROUP.fullmatch(first):
                return TOTALS
            if after_blank and len(self._names) > 1 and (len(cells) == 1 or len(self._names) > 2):
                return CLOSING
        if _TOTALS.fullmatch(first):
            said = [text for cell in cells if (text := cell.strip())]
            return TOTALS if all(map(_is_of_totals, said[1:])) else ""
        return HEADER_AGAIN if first in self._known and self._is_header(cells) else ""

    def _is_header(self, cells: Sequence[str]) -> bool:
        said = [(at, squeeze(cell)) for at, cell in enumerate(cells) if cell.strip()]
        return len(said) > 1 and all(at < len(self._names) and self._names[at] == name for at, name in said)


def _is_of_totals(text: str) -> bool:
    return len(text) < LONGEST and bool(_SUMMARY.fullmatch(text) or _TOTALS.fullmatch(text))


def header_at(records: Sequence[Sequence[str]], known: Sequence[Collection[str]]) -> int:
    """Which of the first records of a file names the columns. `known`: for each kind the names that it knows, squeezed.

    The first, unless a later one under lines of at most two cells holds two known names or more and the first none or
    one; where no line holds two, the first as wide as the table under a line that has but one cell.
    """
    filled = [sum(1 for cell in cells if cell.strip()) for cells in records]
    if not filled:
        return 0
    scores = [max((_known(cells, names) for names in known), default=0) for cells in records]
    best = max(range(len(scores)), key=lambda at: (scores[at], -at))
    if scores[0] > 1:
        return 0
    if best and scores[best] > 1 and max(filled[:best]) <= max(2, filled[best] // 2):
        return best
    widest = max(filled)
    return filled.index(widest) if filled[0] == 1 and widest > 2 else 0


def _known(cells: Sequence[str], names: Collection[str]) -> int:
    return len({squeeze(cell) for cell in cells} & set(names))
