"""Ids of other systems' records as they are stored: those of Salesforce in 18 characters, however they come. Pure."""

import re

SALESFORCE = "salesforce"
_SALESFORCE = re.compile(r"(?=\d*[A-Za-z])(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{18})")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CAPITALS = {code: "1" if chr(code).isupper() else "0" for code in range(128)}


def stored(system: str, value: str) -> str:
    """An id as it is kept, so that the 15 characters of a report find the 18 of the API."""
    return completed(value.strip()) if system == SALESFORCE and looks_salesforce(value) else value


def looks_salesforce(cell: str) -> bool:
    """True for what can be the id of a Salesforce record."""
    return bool(_SALESFORCE.fullmatch(cell.strip()))


def completed(value: str) -> str:
    """An id of Salesforce with the three characters that say which of its letters are capitals."""
    bits = value.translate(_CAPITALS)
    return value[:15] + _SUFFIX[int(bits[4::-1], 2)] + _SUFFIX[int(bits[9:4:-1], 2)] + _SUFFIX[int(bits[14:9:-1], 2)]
