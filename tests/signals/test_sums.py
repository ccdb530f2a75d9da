"""Sums of touches are what the touches give, whatever happens to them and however much is summed already."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Source
from signals import sums
from signals.models import CampaignDay, Touch, TouchChange, TouchMonth, TouchRun, TouchType
from signals.month_frames import packed, unpacked

FIRST = datetime(2026, 1, 30, 22, tzinfo=UTC)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
ACCOUNTS, PEOPLE, CAMPAIGNS = (None, 7, 8), (None, 70, 80), ("", "spring", "fall")

touched = st.tuples(
    st.just("came"),
    st.lists(
        st.tuples(
            st.sampled_from(ACCOUNTS), st.sampled_from(PEOPLE), st.sampled_from(CAMPAIGNS), st.integers(0, 200),
            st.sampled_from(["pricing_page", "blog_page", "call"]), st.sampled_from(["", "", "bot"]),
        ),
        min_size=1, max_size=6,
    ),
)  # fmt: skip
happenings = st.one_of(
    touched,
    st.tuples(st.just("moved"), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS)),
    st.tuples(st.just("ignored"), st.integers(0, 9)),
    st.tuples(st.just("renamed"), st.sampled_from(CAMPAIGNS), st.sampled_from(CAMPAIGNS)),
    st.tuples(st.just("erased"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("turned"), st.sampled_from(["blog_page", "call"])),
    st.tuples(st.just("summed"), st.integers(1, 4)),
    st.tuples(st.just("rebuilt")),
)


def write(rows: list[tuple[Any, ...]]) -> None:
    source, _ = Source.objects.get_or_create(name="site")
    types = dict(TouchType.objects.values_list("key", "pk"))
    Touch.objects.bulk_create(
        Touch(
            account_id=account, contact_id=person, campaign=campaign, occurred_at=FIRST + timedelta(minutes=31 * place),
            received_at=FIRST, known_from=FIRST + timedelta(days=place), touch_type_id=types[kind], ignored=ignored,
            source=source, message_id=str(place), kind="page", minutes=Decimal(place) / 100,
        )
        for account, person, campaign, place, kind, ignored in rows
    )  # fmt: skip


def happen(what: str, *how: Any) -> None:
    if what == "came":
        write(*how)
    elif what == "moved":
        Touch.objects.filter(account_id=how[0]).update(account_id=how[1])
    elif what == "ignored":
        Touch.objects.filter(message_id__endswith=how[0]).update(ignored="wrong")
    elif what == "renamed":
        Touch.objects.filter(campaign=how[0]).update(campaign=how[1])
    elif what == "erased":
        Touch.objects.filter(contact_id=how[0]).delete()
    elif what == "turned":
        kind = TouchType.objects.get(key=how[0])
        kind.direction = "outbound" if kind.direction == "inbound" else "inbound"
        kind.save()
    elif what == "summed":
        sums.sum_changes(how[0])
    else:
        sums.rebuild()


def counted() -> list[Touch]:
    return list(Touch.objects.filter(ignored="", touch_type__direction="inbound"))


def expected() -> dict[tuple[int, date], dict[str, Any]]:
    """By account and month, the slow way."""
    grouped = defaultdict(list)
    for touch in counted():
        if touch.account_id:
            grouped[touch.account_id, touch.occurred_at.date().replace(day=1)].append(touch)
    found = {}
    for key, touches in grouped.items():
        days = Counter(touch.occurred_at.day for touch in touches)
        people = defaultdict(set)
        for touch in touches:
            people[touch.contact_id].add(touch.occurred_at.day)
        campaigns = Counter((touch.campaign, touch.occurred_at.day) for touch in touches if touch.campaign)
        found[key] = {
            "days": bits(days),
            "touches": len(touches),
            "minutes": sum(touch.minutes for touch in touches),
            "known_at": max(max(touch.received_at, touch.known_from) for touch in touches),
            "day_touches": [(day, days[day]) for day in sorted(days)],
            "day_minutes": [
                (day, int(100 * sum(t.minutes for t in touches if t.occurred_at.day == day))) for day in sorted(days)
            ],
            "people": [(person, bits(people[person])) for person in sorted(person for person in people if person)],
            "campaigns": [(name, day, campaigns[name, day]) for name, day in sorted(campaigns)],
        }
    return found


def bits(days: Any) -> int:
    return sum(1 << (day - 1) for day in days)


def read() -> dict[tuple[int, date], dict[str, Any]]:
    """By account and month, as reports read them: also what each list has on all days."""
    names = ("account_id", "month", "days", "touches", "minutes", "known_at")
    lists = ("touches", "minutes", "people", "campaigns")
    relation = f"WITH {sums.months('ARRAY[7, 8]::bigint[]')} SELECT"
    asked = sums.windows(all=(JANUARY, FEBRUARY))
    with connection.cursor() as cursor:
        cursor.execute(f"{relation} {', '.join(names)} FROM months", asked)
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(f"{relation} {packed(*lists)} FROM months", asked)
        sent = unpacked(cursor.fetchone(), *lists)
    found = {(row.pop("account_id"), row.pop("month")): row for row in rows}
    assert len(found) == len(rows)
    for key in found:
        found[key] |= {"day_touches": [], "day_minutes": [], "people": [], "campaigns": []}
    columns = {
        "touches": ("day_touches", "day", "touches"),
        "minutes": ("day_minutes", "day", "minutes"),
        "people": ("people", "contact_id", "days"),
        "campaigns": ("campaigns", "campaign", "day", "touches"),
    }
    for name, (told, *values) in columns.items():
        listed = sent.on(name, JANUARY, date(2026, 2, 28))
        for account, month, *row in listed.select("account_id", "month", *values).iter_rows():
            found[account, month][told].append(tuple(row))
    assert [row[:2] for row in sent.within(JANUARY, date(2026, 2, 28)).select("account_id", "month").rows()] == [
        row[:2] for row in sent.months.select("account_id", "month").rows()
    ]
    return found


def campaign_days() -> dict[tuple[str, date], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {sums.CAMPAIGN_DAYS} SELECT campaign, day, sum(touches)::int FROM campaign_days GROUP BY 1, 2 "  # noqa: S608
            "HAVING sum(touches) <> 0",
            {"first": JANUARY, "last": date(2026, 2, 28)},
        )
        return {(campaign, day): touches for campaign, day, touches in cursor.fetchall()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(happenings, min_size=2, max_size=8))
@pytest.mark.django_db
def test_after_any_history_sums_are_what_the_touches_give(history: list[tuple[Any, ...]]) -> None:
    for table in (Touch, TouchMonth, TouchRun, CampaignDay, TouchChange):
        table.objects.all().delete()
    TouchChange.objects.all().delete()
    for what in history:
        happen(*what)
        campaigns = Counter((touch.campaign, touch.occurred_at.date()) for touch in counted() if touch.campaign)
        assert (read(), campaign_days()) == (expected(), dict(campaigns))
    while sums.sum_changes(2):
        pass
    assert {(row.account_id, row.month) for row in TouchMonth.objects.all()} == set(expected())
    assert read() == expected()
    assert sums.differences() == {}


@pytest.mark.django_db
def test_a_wrong_sum_is_found_and_mended() -> None:
    write([(7, 70, "spring", 0, "pricing_page", ""), (8, None, "", 3, "pricing_page", "")])
    sums.sum_changes()
    call_command("sum_touches", check=True)
    TouchMonth.objects.filter(account_id=7).update(touches=5)
    CampaignDay.objects.update(touches=3)
    assert sums.differences() == {JANUARY: 3}  # the row there and the row missing, and the campaign's day
    with pytest.raises(CommandError, match="run `manage"):
        call_command("sum_touches", check=True)
    call_command("sum_touches")
    assert sums.differences() == {}
    assert TouchMonth.objects.get(account_id=7).touches == 1


def test_windows_name_their_days_of_each_month() -> None:
    found = sums.windows(now=(date(2026, 1, 30), date(2026, 3, 2)), before=(date(2026, 1, 1), date(2026, 1, 31)))
    assert found == {
        "windows": ["now", "now", "now", "before"],
        "window_months": [JANUARY, FEBRUARY, date(2026, 3, 1), JANUARY],
        "window_days": [0b11 << 29, (1 << 28) - 1, 0b11, (1 << 31) - 1],
        "first_month": JANUARY,
        "last_month": date(2026, 3, 1),
    }
