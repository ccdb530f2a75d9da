"""What models would have said at the end of past weeks, as known then, against what became of the accounts (domain.md §7).

A run goes through the centers part by part and, in each, through its weeks from the last back, some a transaction: killed
anywhere, the next worker goes on behind them, and several take several parts. The touches of a part are read once for all
its weeks (signals/history.py). It writes nothing but its own rows.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Func, IntegerField, Sum
from django.utils import timezone

from accounts.models import BuyingCenter, User
from signals.history import History
from signals.models import BacktestPart, BacktestRun, ScoringModel
from signals.publishing import active_model, config_of
from signals.scoring_config import ScoringConfig
from signals.setting_aside import PASSING, at_fault
from signals.snapshot import facts_for, reading_all

if TYPE_CHECKING:
    from signals.scoring import Measures

WINDOW_DAYS = 90
WEEK = timedelta(days=7)
MOST_WEEKS = 104
# Those on offer.
WEEKS = (4, 13, 26, 52, 104)
# Centers of a part. Their touches are held from one step to the next.
CHUNK = 2_000
# Of one step, so that whoever does it gets back to what is urgent.
SECONDS = 1.0

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


@dataclass
class Week:
    """What was found on a day: how many accounts there were, and by name of a version how many centers it called MQAs, and
    their accounts.
    """

    accounts: int = 0
    qualified: dict[str, int] = field(default_factory=dict)
    called: dict[str, list[int]] = field(default_factory=dict)

    def add(self, more: Week) -> None:
        """Put together what was found of other centers on the same day."""
        self.accounts += more.accounts
        for name, count in more.qualified.items():
            self.qualified[name] = self.qualified.get(name, 0) + count
            self.called[name] = sorted({*self.called.get(name, []), *more.called[name]})


@dataclass(frozen=True)
class Result:
    """By name of a version: MQAs on each day looked at, and the hits. `left_out`: centers whose facts could not be computed
    with, on any day.
    """

    days: list[date]
    qualified: dict[str, list[int]]
    hits: dict[str, Hits]
    left_out: list[int]


@dataclass(frozen=True)
class Held:
    """The touches of the part that this process looked at last."""

    part: int
    left_out: list[int]
    history: History


_held: list[Held] = []


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
    return BacktestRun.objects.create(
        model=held,
        weeks=weeks,
        by=by,
        requested_at=moment,
        centers=BuyingCenter.objects.count(),
        configs=[[name, config_of(version).model_dump(mode="json")] for name, version in versions],
    )


def days_of(run: BacktestRun) -> list[date]:
    """The days that a run looks at the end of, the last one first."""
    last = run.requested_at.astimezone(UTC).date() - timedelta(days=1)
    return [last - WEEK * back for back in range(run.weeks)]


def work_step() -> int:
    """Look at the next weeks of some part of some run; how many evaluations, 0 when nothing is to do. Many may call it at
    once.
    """
    with transaction.atomic():
        due = (
            BacktestPart.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("run")
            .filter(finished_at__isnull=True)
        )
        mine = due.filter(pk__in=[held.part for held in _held]).first()
        part = (
            mine
            or due.order_by(Func(F("weeks"), function="jsonb_array_length", output_field=IntegerField()), "id").first()
        )
        if part is None:
            _held.clear()
            return _split_or_finish()
        done = _look(part)
        if len(part.weeks) == part.run.weeks:
            part.finished_at = timezone.now()
        part.save()
    if part.finished_at:
        _finish(part.run_id)
    return max(1, done)


def _split_or_finish() -> int:
    """Make the parts of a run that was asked for, and sum up one whose last worker was killed before it could."""
    done = 0
    for run in BacktestRun.objects.filter(finished_at__isnull=True):
        if run.parts.exists():
            _finish(run.pk)
            continue
        with transaction.atomic():
            held = (
                BacktestRun.objects.select_for_update(no_key=True).filter(pk=run.pk, finished_at__isnull=True).first()
            )
            if held is None or held.parts.exists():
                continue
            ids = list(BuyingCenter.objects.order_by("pk").values_list("pk", flat=True))
            chunks = [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)] or [[0]]
            BacktestPart.objects.bulk_create(
                BacktestPart(run=held, first_center=chunk[0], last_center=chunk[-1], centers=len(chunk))
                for chunk in chunks
            )
        done += 1
    return done


def _look(part: BacktestPart) -> int:
    """Add weeks to a part for about `SECONDS`; how many evaluations that took. Who breaks the formulas is left out, and the
    part begins anew without it.
    """
    configs = {name: ScoringConfig.model_validate(document) for name, document in part.run.configs}
    until, done = clock.monotonic() + SECONDS, 0
    days = days_of(part.run)
    while len(part.weeks) < len(days) and (not done or clock.monotonic() < until):
        as_of = _end_of(days[len(part.weeks)])
        try:
            part.weeks.append(asdict(_week(_history(part, configs), configs, as_of)))
        except PASSING:
            raise
        except Exception:
            broken = at_fault(_centers_of(part), partial(_evaluated, configs=configs, as_of=as_of))
            if not broken:
                raise
            part.left_out = sorted({*part.left_out, *broken})
            part.weeks = []
        done += part.centers
    return done


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _centers_of(part: BacktestPart) -> list[int]:
    there = BuyingCenter.objects.filter(pk__range=(part.first_center, part.last_center)).exclude(pk__in=part.left_out)
    return list(there.order_by("pk").values_list("pk", flat=True))


def _history(part: BacktestPart, configs: Mapping[str, ScoringConfig]) -> History:
    if not _held or (_held[0].part, _held[0].left_out) != (part.pk, part.left_out):
        days = days_of(part.run)
        read = History.read(
            _centers_of(part),
            first=_end_of(days[-1]),
            last=_end_of(days[0]),
            config=reading_all(*configs.values()),
        )
        _held[:] = [Held(part.pk, list(part.left_out), read)]
    return _held[0].history


def _evaluated(centers: Sequence[int], *, configs: Mapping[str, ScoringConfig], as_of: datetime) -> Week:
    """A week of these centers, read for themselves."""
    reader = reading_all(*configs.values())
    return _week(History.read(centers, first=as_of, last=as_of, config=reader), configs, as_of)


def _week(history: History, configs: Mapping[str, ScoringConfig], as_of: datetime) -> Week:
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.scoring import decide, measure, measuring_part

    facts = history.at(as_of)
    week = Week(accounts=facts.centers.filter("is_default").height)
    measured: dict[str, Measures] = {}
    for name, config in configs.items():
        part = measuring_part(config)
        if part not in measured:
            measured[part] = measure(facts, config, as_of)
        own = replace(measured[part], facts=facts_for(config, history.config, facts, as_of, past=True))
        rows = decide(own, config).centers.filter("qualified")
        week.qualified[name] = rows.height
        week.called[name] = rows["account_id"].unique().sort().to_list()
    return week


def _finish(run_id: int) -> None:
    """Sum up the run whose last week is done, once."""
    with transaction.atomic():
        run = BacktestRun.objects.select_for_update().filter(pk=run_id, finished_at__isnull=True).first()
        if run is None or run.parts.filter(finished_at__isnull=True).exists():
            return
        days = days_of(run)
        weeks = [Week() for _ in days]
        left_out = []
        for part in run.parts.iterator(chunk_size=10):
            left_out += part.left_out
            for week, more in zip(weeks, part.weeks, strict=True):
                week.add(Week(**more))
        found = summed_up(
            [name for name, _ in run.configs],
            dict(sorted(zip(days, weeks, strict=True))),
            outcomes=_outcomes[0]() if _outcomes else {},
            until=run.requested_at,
            left_out=left_out,
        )
        run.result = {
            "days": [day.isoformat() for day in found.days],
            "qualified": found.qualified,
            "hits": {name: asdict(hits) for name, hits in found.hits.items()},
            "left_out": found.left_out,
        }
        run.finished_at = timezone.now()
        run.save(update_fields=["result", "finished_at"])
        run.parts.all().delete()
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
        left_out=run.result.get("left_out", []),
    )


def has_moved_on(run: BacktestRun) -> bool:
    """Whether a run asked for now would look at other documents."""
    active = active_model()
    models = [active] if active.pk == run.model_id else [active, run.model]
    return [document for _, document in run.configs] != [config_of(one).model_dump(mode="json") for one in models]


def progress(run: BacktestRun) -> tuple[int, int]:
    """How many centers were looked at, and how many there are to look at, over all weeks."""
    total = max(1, run.centers) * run.weeks
    if run.finished_at:
        return total, total
    weeks = Func(F("weeks"), function="jsonb_array_length", output_field=IntegerField())
    done = run.parts.aggregate(done=Sum(F("centers") * weeks))["done"] or 0
    return min(done, total), total


def summed_up(
    names: Sequence[str],
    weeks: Mapping[date, Week],
    *,
    outcomes: Mapping[int, Sequence[datetime]],
    until: datetime,
    left_out: Sequence[int] = (),
) -> Result:
    """The result of weeks by their days, in order."""
    days = list(weeks)
    hits = {}
    for name in names:
        called_on: dict[int, list[date]] = {}
        for day, week in weeks.items():
            for account_id in week.called.get(name, []):
                called_on.setdefault(account_id, []).append(day)
        base = max((week.accounts for week in weeks.values()), default=0)
        hits[name] = _hits(called_on, outcomes, days, base=base, until=until)
    qualified = {name: [week.qualified.get(name, 0) for week in weeks.values()] for name in names}
    return Result(days=days, qualified=qualified, hits=hits, left_out=sorted(left_out))


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
