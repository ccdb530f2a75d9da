"""The comparisons of all centers that the desk would have made in the past half year: Account Engagement Scores of then."""

import datetime as dt

from django.db import connection

from accounts.models import BuyingCenter
from signals.engagement_days import KEEP
from signals.history import History
from signals.missed_days import active_at
from signals.publishing import config_of

MONTHS = 6
# What the reports' usual periods, of 28 and of 90 days, are compared with ends there.
COMPARED = (27, 89)
_KEEP = KEEP.format(of="unnest(%s::bigint[], %s::bigint[]) AS e(center_id, points_micro)")


def compare_past_days(today: dt.date) -> None:
    """Keep the points at the beginnings of the last months and where usual comparisons end, by the facts as known then."""
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.scoring import evaluate

    moments = sorted(dt.datetime.combine(day, dt.time.min, dt.UTC) for day in _days(today))
    centers = list(BuyingCenter.objects.order_by("pk").values_list("pk", flat=True))
    config = config_of(active_at(moments[-1]))
    history = History.read(centers, first=moments[0], last=moments[-1], config=config)
    for at in moments:
        found = evaluate(history.at(at), config, at).centers
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [at.date(), found["center_id"].to_list(), found["points_micro"].to_list()])


def _days(today: dt.date) -> set[dt.date]:
    ends = {today - dt.timedelta(days=days) for days in COMPARED}
    first = today.replace(day=1)
    months = {first}
    for _ in range(MONTHS - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        months.add(first)
    return (ends | months) - {today}
