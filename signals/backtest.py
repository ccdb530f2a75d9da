"""What models would have said at the end of past weeks, as known then, against what became of the accounts (domain.md §7).

A run goes through its weeks and, in each, through the centers in the order of their ids, so many a transaction: killed
anywhere, the next worker goes on behind them, and several take several weeks. It writes nothing but its own rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import BuyingCenter, User
from signals.facts import load_facts
from signals.models import BacktestRun, BacktestWeek, ScoringModel
from signals.publishing import active_model, config_of
from signals.scoring_config import ScoringConfig
from signals.snapshot import facts_for, reading_all

WINDOW_DAYS = 90
WEEK = timedelta(days=7)
MOST_WEEKS = 104
# About a second's work, so that whoever does it gets back to what is urgent.
CHUNK = 2_000

# Rooms above say what became of accounts: account id → moments at which opportunities were created.
Outcomes = Callable[[], Mapping[int, Sequence[datetime]]]
_outcomes: list[Outcomes] = []


@dataclass(frozen=True)
class Hits:
    """How well the accounts that a model called MQAs foretold opportunities (domain.md §7).

    `called`: accounts that qualified on some day looked at; `right`: of those, with an opportunity within 90 days after the
    first such day. `came`: accounts with an opportunity in the time looked at; `foreseen`: of those, called in the 90 days
    before it. `lead_days`: median days from the first call to the opportunity, of the right ones. `base`: accounts in all.
    """

    called: int
    right: int
    came: int
    foreseen: int
    base: int
    lead_days: float | None

    @property
    def precision(self) -> float | None:
        """Right of called."""
        return self.right / self.called if self.called else None

    @property
    def recall(self) -> float | None:
        """Foreseen of those that came."""
        return self.foreseen / self.came if self.came else None

    @property
    def lift(self) -> float | None:
        """Precision over the share of all accounts with an opportunity in the time looked at."""
        rate = self.came / self.base if self.base else 0
        return self.precision / rate if self.precision is not None and rate else None


@dataclass(frozen=True)
class Result:
    """By name of a version: MQAs on each day looked at, and the hits."""

    days: list[date]
    qualified: dict[str, list[int]]
    hits: dict[str, Hits]


def register_outcomes(outcomes: Outcomes) -> None:
    """Name what became of accounts; the last registration counts."""
    _outcomes[:] = [outcomes]


@transaction.atomic
def request_backtest(*, model: ScoringModel, weeks: int, by: User | None, now: datetime | None = None) -> BacktestRun:
    """Have a version tried beside the active one; a run of it that is under way is given up for this one.

    Raises ValueError for a number of weeks that is not 1 to 104, pydantic.ValidationError for a draft at odds with itself.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise ValueError(f"1 to {MOST_WEEKS} weeks, not {weeks}")
    moment = now or timezone.now()
    # Who asks twice at once waits here.
    held = ScoringModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    active = active_model()
    versions = [(f"Model {active.version} (active)", active)]
    if held.pk != active.pk:
        versions.append((f"Model {held.version}", held))
    # Runs before their weeks, as whoever sums one up takes them.
    given_up = BacktestRun.objects.select_for_update().filter(model=held, finished_at__isnull=True)
    BacktestRun.objects.filter(pk__in=[run.pk for run in given_up]).delete()
    run = BacktestRun.objects.create(
        model=held,
        weeks=weeks,
        by=by,
        requested_at=moment,
        centers=BuyingCenter.objects.count(),
        configs=[[name, config_of(version).model_dump(mode="json")] for name, version in versions],
    )
    last = moment.astimezone(UTC).date() - timedelta(days=1)
    BacktestWeek.objects.bulk_create(BacktestWeek(run=run, day=last - WEEK * back) for back in range(weeks))
    return run


def work_step() -> int:
    """Score the next centers of some week of some run; how many, 0 when nothing is to do. Many may call it at once."""
    with transaction.atomic():
        week = (
            BacktestWeek.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("run")
            .filter(finished_at__isnull=True)
            .order_by("id")
            .first()
        )
        if week is None:
            # One whose last worker was killed before it could sum up.
            for run_id in BacktestRun.objects.filter(finished_at__isnull=True).values_list("pk", flat=True):
                _finish(run_id)
            return 0
        ids = BuyingCenter.objects.filter(pk__gt=week.at_center).order_by("pk").values_list("pk", flat=True)
        centers = list(ids[:CHUNK])
        if centers:
            _score(week, centers)
            week.at_center = centers[-1]
            week.scored += len(centers)
        if len(centers) < CHUNK:
            week.finished_at = timezone.now()
        week.save()
    if week.finished_at:
        _finish(week.run_id)
    return max(1, len(centers))


def _score(week: BacktestWeek, centers: list[int]) -> None:
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.scoring import evaluate

    configs = {name: ScoringConfig.model_validate(document) for name, document in week.run.configs}
    as_of = datetime.combine(week.day, time.max, UTC)
    reader = reading_all(*configs.values())
    facts = load_facts(center_ids=centers, as_of=as_of, config=reader, past=True)
    week.accounts += facts.centers.filter("is_default").height
    for name, config in configs.items():
        own = facts_for(config, reader, facts, as_of, past=True)
        rows = evaluate(own, config, as_of).centers.filter("qualified")
        week.qualified[name] = week.qualified.get(name, 0) + rows.height
        called = {*week.called.get(name, []), *rows["account_id"].to_list()}
        week.called[name] = sorted(called)


def _finish(run_id: int) -> None:
    """Sum up the run whose last week is done, once."""
    with transaction.atomic():
        run = BacktestRun.objects.select_for_update().filter(pk=run_id, finished_at__isnull=True).first()
        if run is None or run.done_weeks.filter(finished_at__isnull=True).exists():
            return
        weeks = list(run.done_weeks.order_by("day"))
        found = summed_up(
            [name for name, _ in run.configs],
            weeks,
            outcomes=_outcomes[0]() if _outcomes else {},
            until=run.requested_at,
        )
        run.result = {
            "days": [day.isoformat() for day in found.days],
            "qualified": found.qualified,
            "hits": {name: asdict(hits) for name, hits in found.hits.items()},
        }
        run.finished_at = timezone.now()
        run.save(update_fields=["result", "finished_at"])
        run.done_weeks.all().delete()
        # What was asked before is answered by this.
        BacktestRun.objects.filter(model_id=run.model_id, weeks=run.weeks, pk__lt=run.pk).delete()


def result_of(run: BacktestRun) -> Result | None:
    """What a run found, None until it is done."""
    if run.result is None:
        return None
    names = [name for name, _ in run.configs]
    return Result(
        days=[date.fromisoformat(day) for day in run.result["days"]],
        qualified={name: run.result["qualified"][name] for name in names},
        hits={name: Hits(**run.result["hits"][name]) for name in names},
    )


def progress(run: BacktestRun) -> tuple[int, int]:
    """How many centers were scored, and how many there are to score, over all weeks."""
    total = max(1, run.centers) * run.weeks
    if run.finished_at:
        return total, total
    done = sum(run.done_weeks.values_list("scored", flat=True))
    return min(done, total), total


def summed_up(
    names: Sequence[str],
    weeks: Sequence[BacktestWeek],
    *,
    outcomes: Mapping[int, Sequence[datetime]],
    until: datetime,
) -> Result:
    """The result of weeks in the order of days that are done."""
    days = [week.day for week in weeks]
    hits = {}
    for name in names:
        called_on: dict[int, list[date]] = {}
        for week in weeks:
            for account_id in week.called.get(name, []):
                called_on.setdefault(account_id, []).append(week.day)
        hits[name] = _hits(
            called_on, outcomes, days, base=max((week.accounts for week in weeks), default=0), until=until
        )
    qualified = {name: [week.qualified.get(name, 0) for week in weeks] for name in names}
    return Result(days=days, qualified=qualified, hits=hits)


def _hits(
    called_on: Mapping[int, Sequence[date]],
    outcomes: Mapping[int, Sequence[datetime]],
    days: Sequence[date],
    *,
    base: int,
    until: datetime,
) -> Hits:
    window = timedelta(days=WINDOW_DAYS)
    came: dict[int, list[Any]] = {}
    for account_id, moments in outcomes.items():
        dates = [moment.astimezone(UTC).date() for moment in moments]
        if days and any(days[0] <= day <= until.astimezone(UTC).date() for day in dates):
            came[account_id] = dates
    leads = [
        min((day - dates[0]).days for day in came[account_id] if dates[0] <= day < dates[0] + window)
        for account_id, dates in called_on.items()
        if any(dates[0] <= day < dates[0] + window for day in came.get(account_id, ()))
    ]
    foreseen = sum(
        any(day - window < called <= day for day in dates for called in called_on.get(account_id, ()))
        for account_id, dates in came.items()
    )
    return Hits(
        called=len(called_on),
        right=len(leads),
        came=len(came),
        foreseen=foreseen,
        base=base,
        lead_days=median(leads) if leads else None,
    )
