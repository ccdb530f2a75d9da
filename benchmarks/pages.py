"""The queue's and an account's page beside a plain one (promise S6): same middleware, session and template, rows by key.

    python -m benchmarks.pages [--accounts 100000] [--touches 20] [--queued 5000] [--times 200]

Makes a database of its own beside that of DATABASE_URL and drops it. The plain page renders the queue's template with
forty rows that one query finds by primary key. All three are asked in turn by one client in this process, so what else
the machine does hits them alike. `--touches` is per account.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from types import ModuleType, SimpleNamespace
from typing import Any

from benchmarks.base import database, fill, insist

_QUEUED = """
INSERT INTO handoff_handoff (center_id, account_id, state, state_since, is_mqa, qualified_at, queued_at, claim_due_at,
    last_activity_at, summary, next_step, criterion)
SELECT center_id, account_id, 'queued', now(), true, now(), now() - interval '1 minute' * row_number() OVER (ORDER BY center_id),
    now() + interval '1 minute' * (center_id %% 4000 - 500), now(), '', '', ''
FROM signals_centerstate ORDER BY score DESC NULLS LAST, center_id LIMIT %s
"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--touches", type=int, default=20)
    options.add_argument("--queued", type=int, default=5_000)
    options.add_argument("--times", type=int, default=200)
    given = options.parse_args()
    with database("bench_pages"):
        fill(accounts=given.accounts, touches=given.accounts * given.touches)
        _evaluate(given.queued)
        taken = _measure(given.times)
    print(f"{given.accounts:,} accounts, {given.queued:,} in the queue; milliseconds\n")
    print(f"{'page':>10} {'median':>8} {'p95':>8} {'p95 / plain':>12} {'queries':>8} {'KB':>6}")
    plain = _p95(taken["plain"][0])
    for name, (times, queries, size) in taken.items():
        median, p95 = statistics.median(times) * 1000, _p95(times) * 1000
        print(f"{name:>10} {median:>8.1f} {p95:>8.1f} {p95 / plain / 1000:>12.2f} {queries:>8} {size / 1000:>6.1f}")
    print("\npromised: at most 2 × the plain page")


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _evaluate(queued: int) -> None:
    from django.db import connection

    from signals.actions import request_rescore_of_all
    from signals.rescore import rescore_until_done

    request_rescore_of_all(reason="bench")
    rescore_until_done()
    with connection.cursor() as cursor:
        cursor.execute(_QUEUED, [queued])
        insist(cursor.rowcount == queued, "as many in the queue as were asked for")
        cursor.execute("VACUUM ANALYZE")


def _measure(times: int) -> dict[str, tuple[list[float], int, int]]:
    """By page: seconds of each answer, its queries, its bytes."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from handoff.models import Handoff

    settings.ROOT_URLCONF = _urls()
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    client = Client()
    client.force_login(User.objects.create_user("bench@desk.example", name="Priya Nair", role="sdr"))
    accounts = list(Handoff.objects.order_by("pk").values_list("account_id", flat=True)[:50])
    asked = {"plain": ["/plain/"], "queue": ["/queue/"], "account": [f"/accounts/{pk}/" for pk in accounts]}
    found: dict[str, tuple[list[float], int, int]] = {}
    for name, urls in asked.items():
        for _ in range(3):
            answer = client.get(urls[0])
        insist(answer.status_code == 200, f"{name} answers {answer.status_code}")
        with CaptureQueriesContext(connection) as captured:
            client.get(urls[0])
        found[name] = ([], len(captured), len(answer.content))
    turns = {name: itertools.cycle(urls) for name, urls in asked.items()}
    for _ in range(times):
        for name, turn in turns.items():
            url = next(turn)
            began = time.perf_counter()
            client.get(url)
            found[name][0].append(time.perf_counter() - began)
    return found


def _urls() -> Any:
    """The desk's addresses and that of the plain page."""
    from django.contrib.auth.decorators import login_required
    from django.http import HttpRequest, HttpResponse
    from django.shortcuts import render
    from django.urls import include, path
    from django.utils import timezone

    from handoff.models import Handoff
    from handoff.queue_filters import QueueFilter

    first = list(Handoff.objects.order_by("pk").values_list("pk", flat=True)[:40])

    @login_required
    def plain(request: HttpRequest) -> HttpResponse:
        rows = Handoff.objects.filter(pk__in=first).select_related(
            "center__state__theme", "center__account", "account__owner_sdr", "assigned_to", "claimed_by", "ae"
        )
        context = {
            "scope": "pool",
            "rows": list(rows.defer("center__state__evidence")),
            "filters": QueueFilter(request.GET),
            "page": SimpleNamespace(paginator=SimpleNamespace(num_pages=1)),
            "may_work": True,
            "now": timezone.now(),
            "today": timezone.now().date(),
        }
        return render(request, "desk/queue.html", context)

    module: Any = ModuleType("bench_urls")
    module.urlpatterns = [path("plain/", plain), path("", include("mqa_site.urls"))]
    return module


if __name__ == "__main__":
    main()
