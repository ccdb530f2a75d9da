"""What an admin may enter into the desk's calendar: without these checks a slip would stop every clock."""

from zoneinfo import ZoneInfo

import holidays
from django.core.exceptions import ValidationError


def known_time_zone(name: str) -> None:
    """Refuses what is no IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"{name} is no time zone; write one as Europe/Berlin.") from error


def known_country(code: str) -> None:
    """Refuses a country whose public holidays nobody has listed."""
    if code and code not in holidays.list_supported_countries():
        raise ValidationError(f"The public holidays of {code} are not known; write a country as DE.")
