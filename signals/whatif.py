"""Previews of a draft: who would move, and what it would have said on past days (domain.md §7). Stores nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from signals.comparison import Comparison, compare
from signals.facts import load_facts
from signals.scoring_config import ScoringConfig

WINDOW_DAYS = 90
WEEK = timedelta(days=7)

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
class Backtest:
    """By model name: MQAs on each day looked at, and the hits."""

    days: list[date]
    qualified: dict[str, list[int]]
    hits: dict[str, Hits]


def register_outcomes(outcomes: Outcomes) -> None:
    """Name what became of accounts; the last registration counts."""
    _outcomes[:] = [outcomes]


def what_if(*, active: ScoringConfig, draft: ScoringConfig, now: datetime) -> Comparison:
    """Who would move if `draft` were published at `now`, over all centers."""
    from signals.scoring import evaluate

    wider = active if active.history_days >= draft.history_days else draft
    facts = load_facts(center_ids=None, as_of=now, config=_reading_both(wider, active, draft))
    return compare(evaluate(facts, active, now), evaluate(facts, draft, now))


def backtest(*, models: Mapping[str, ScoringConfig], weeks: int, now: datetime) -> Backtest:
    """What each model would have said at the end of each of the last `weeks` weeks, as known then."""
    from signals.scoring import evaluate

    last = now.astimezone(UTC).date() - timedelta(days=1)
    days = [last - WEEK * back for back in reversed(range(weeks))]
    first_called: dict[str, dict[int, date]] = {name: {} for name in models}
    called_on: dict[str, dict[int, list[date]]] = {name: {} for name in models}
    qualified: dict[str, list[int]] = {name: [] for name in models}
    base = 0
    wider = max(models.values(), key=lambda config: config.history_days)
    for day in days:
        as_of = datetime.combine(day, time.max, UTC)
        facts = load_facts(center_ids=None, as_of=as_of, config=_reading_both(wider, *models.values()), past=True)
        base = max(base, facts.accounts.height)
        for name, config in models.items():
            rows = evaluate(facts, config, as_of).centers.filter("qualified")
            qualified[name].append(rows.height)
            for account_id in rows["account_id"].unique().to_list():
                first_called[name].setdefault(account_id, day)
                called_on[name].setdefault(account_id, []).append(day)
    outcomes = _outcomes[0]() if _outcomes else {}
    return Backtest(
        days=days,
        qualified=qualified,
        hits={
            name: _hits(first_called[name], called_on[name], outcomes, days, base=base, until=now) for name in models
        },
    )


def _reading_both(wider: ScoringConfig, *configs: ScoringConfig) -> ScoringConfig:
    """A document whose facts suffice for all `configs`: their criteria together, the longest windows."""
    criteria = {
        criterion.id + str(number): criterion for number, config in enumerate(configs) for criterion in config.criteria
    }
    renamed = [criterion.model_copy(update={"id": key}) for key, criterion in criteria.items()]
    intent = max((config.intent for config in configs), key=lambda rules: rules.window_days)
    return wider.model_copy(update={"criteria": tuple(renamed), "intent": intent})


def _hits(
    first: Mapping[int, date],
    called_on: Mapping[int, Sequence[date]],
    outcomes: Mapping[int, Sequence[datetime]],
    days: Sequence[date],
    *,
    base: int,
    until: datetime,
) -> Hits:
    window = timedelta(days=WINDOW_DAYS)
    came = (
        {
            account_id: [moment.astimezone(UTC).date() for moment in moments]
            for account_id, moments in outcomes.items()
            if any(days[0] <= moment.astimezone(UTC).date() <= until.date() for moment in moments)
        }
        if days
        else {}
    )
    leads = [
        min((day - called).days for day in came[account_id] if called <= day < called + window)
        for account_id, called in first.items()
        if any(called <= day < called + window for day in came.get(account_id, ()))
    ]
    foreseen = sum(
        any(day - window < called <= day for day in dates for called in called_on.get(account_id, ()))
        for account_id, dates in came.items()
    )
    return Hits(
        called=len(first),
        right=len(leads),
        came=len(came),
        foreseen=foreseen,
        base=base,
        lead_days=median(leads) if leads else None,
    )
