"""The desk's policy row and the calendar built from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from handoff.models import DeskPolicy, Holiday
from handoff.sla import BusinessCalendar


def desk_policy() -> DeskPolicy:
    """The one policy; with the defaults of domain.md §5 where nobody has saved one."""
    return DeskPolicy.objects.filter(pk=1).first() or DeskPolicy(
        pk=1, day_starts_at=dt.time(9), day_ends_at=dt.time(17)
    )


@transaction.atomic
def change_policy(**fields: Any) -> DeskPolicy:
    """Change what is given; clocks that run keep their due times. Raises ValidationError."""
    DeskPolicy.objects.get_or_create(pk=1)
    policy = DeskPolicy.objects.select_for_update(no_key=True).get(pk=1)
    for name, value in fields.items():
        setattr(policy, name, value)
    policy.full_clean()
    policy.save()
    return policy


def business_calendar(policy: DeskPolicy | None = None) -> BusinessCalendar:
    """The calendar of `policy` (default: the present one) with the holidays that people entered."""
    policy = policy or desk_policy()
    return BusinessCalendar(
        time_zone=policy.time_zone,
        workdays=frozenset(int(day) for day in policy.workdays),
        day_starts_at=policy.day_starts_at,
        day_ends_at=policy.day_ends_at,
        country=policy.holiday_country,
        days_off=frozenset(Holiday.objects.values_list("day", flat=True)),
    )
