"""What must hold of a desk at rest, whatever happened to it: nothing lost, nothing twice, scores as recomputed, handoffs in line.

Each check returns rows of (what, count); a count other than 0 is a fault. Call `open_desk` first, outside of it nothing here
can be imported.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.traffic import Traffic

Found = dict[str, int]
# A request with `sentAt` that waited at a door that was down is taken for one from a slow clock, by as long as it waited.
LONGEST_WAIT_SECONDS = 60.0
_COMPARED = (
    "score", "fit", "engagement", "intent", "points_micro", "qualified", "block", "stage", "icp", "people", "mqls",
    "hand_raise_touch_id",
)  # fmt: skip


def open_desk(environ: Mapping[str, str]) -> None:
    """Make this process one of the desk's, whose database `environ` names."""
    os.environ |= environ
    import django

    django.setup()


def ledger(traffic: Traffic, acknowledged: set[str]) -> Found:
    """Each event that was answered with 200 is kept once, as it was sent; none is there that was not sent."""
    from signals.models import SetAsideEvent, Touch, TouchLedger

    digests = {hashlib.sha256(message_id.encode()).digest()[:16] for message_id in acknowledged}
    kept = {bytes(digest) for (digest,) in TouchLedger.objects.values_list("digest")}
    stored: Counter[str] = Counter()
    elsewhen = 0
    for message_id, at in Touch.objects.values_list("message_id", "occurred_at").iterator(chunk_size=10_000):
        stored[message_id] += 1
        sent = traffic.touches.get(message_id)
        elsewhen += sent is not None and not 0 <= (at - sent).total_seconds() <= LONGEST_WAIT_SECONDS
    aside = SetAsideEvent.objects.count()
    return {
        "answered 200 and not in the ledger": len(digests - kept),
        "in the ledger and never sent": len(kept - digests),
        "touches lost": len(traffic.touches.keys() - stored.keys()),
        "touches twice": sum(stored.values()) - len(stored),
        "touches never sent": len(stored.keys() - traffic.touches.keys()),
        "touches at another moment than sent": elsewhen,
        "set aside, more or fewer than sent": abs(aside - len(traffic.bad)),
    }


def counts(traffic: Traffic) -> tuple[dict[str, int], Found]:
    """The desk's own counts of what it received, and whether they add up."""
    from django.db.models import Sum

    from signals.models import IngestCount

    names = ("received", "accepted", "duplicate", "set_aside")
    found = IngestCount.objects.aggregate(**{name: Sum(name) for name in names})
    told = {name: int(found[name] or 0) for name in names}
    return told, {
        "received other than accepted + duplicate + set aside": abs(
            told["received"] - told["accepted"] - told["duplicate"] - told["set_aside"]
        ),
        "accepted and set aside other than different events sent": abs(
            told["accepted"] + told["set_aside"] - len(traffic.events)
        ),
    }


def owners(traffic: Traffic) -> Found:
    """Each touch is read as the person's and the company's whose it is, in whatever order they became known."""
    from accounts.models import Contact, Domain
    from signals.models import Touch

    domains = dict(Domain.objects.values_list("account_id", "name"))
    emails = dict(Contact.objects.values_list("pk", "email"))
    people = companies = 0
    for message_id, contact, account in Touch.objects.values_list("message_id", "contact_id", "account_id").iterator():
        email, domain = traffic.owners.get(message_id, ("", ""))
        people += (emails.get(contact) or "") != email
        companies += (domains.get(account) or "") != domain
    return {
        "touches of another person than sent": people,
        "touches of another company than sent": companies,
        "companies more or fewer than sent": abs(len(domains) - traffic.companies),
    }


def scores() -> tuple[int, Found]:
    """Each stored state equals one evaluation of all centers together, on its own day, from the facts. Also: how many."""
    from accounts.models import BuyingCenter
    from signals.models import CenterState, ScoringFailure

    days: dict[date, list[CenterState]] = defaultdict(list)
    states = list(CenterState.objects.defer("evidence", "strip"))
    for state in states:
        if state.as_of_day is not None:
            days[state.as_of_day].append(state)
    different: Counter[str] = Counter()
    for of_day in days.values():
        moment = max(state.evaluated_at for state in of_day if state.evaluated_at)
        computed = _computed(moment)
        for state in of_day:
            row = computed[state.center_id]
            different.update(name for name in _COMPARED if getattr(state, name) != (row[name] or _empty(name, row)))
    found = {f"stored {name} other than recomputed": different[name] for name in _COMPARED}
    found["centers never evaluated"] = BuyingCenter.objects.count() - sum(len(of_day) for of_day in days.values())
    found["centers whose evaluation raised"] = ScoringFailure.objects.count()
    return len(states), found


def _empty(name: str, row: Mapping[str, Any]) -> Any:
    return "" if name == "block" else row[name]


def _computed(moment: datetime) -> dict[int, dict[str, Any]]:
    from signals.facts import load_facts
    from signals.publishing import active_model, config_of
    from signals.scoring import evaluate

    config = config_of(active_model())
    facts = load_facts(center_ids=None, as_of=moment, config=config)
    return {row["center_id"]: row for row in evaluate(facts, config, moment).centers.iter_rows(named=True)}


def decisions() -> Found:
    """The last decision of each center says what its state says, and the states' journey is told without a gap."""
    from signals.models import CenterState, Decision, Transition

    names = ("qualified", "block", "stage")
    apart = sum(
        state.decision is None or any(getattr(state, name) != getattr(state.decision, name) for name in names)
        for state in CenterState.objects.select_related("decision").defer(
            "evidence", "strip", "decision__kept", "decision__evidence"
        )
    )
    steps: dict[int | None, list[bool]] = defaultdict(list)
    told = Transition.objects.filter(kind__in=("qualified", "unqualified")).order_by("id")
    for center, kind in told.values_list("center_id", "kind"):
        steps[center].append(kind == "qualified")
    # A center begins unqualified: what is told of it goes to and fro, and ends where it is.
    broken = sum(way != [n % 2 == 0 for n in range(len(way))] for way in steps.values())
    ends = sum(
        (steps[center][-1] if steps[center] else False) != qualified
        for center, qualified in CenterState.objects.values_list("center_id", "qualified")
    )
    latest: dict[int, tuple[Any, ...]] = {}
    repeated = 0
    for center, *said in Decision.objects.order_by("id").values_list("center_id", *names, "model_id"):
        repeated += latest.get(center) == tuple(said)
        latest[center] = tuple(said)
    return {
        "states other than their decision": apart,
        "decisions that change nothing": repeated,
        "centers whose transitions repeat or skip": broken,
        "centers whose transitions end elsewhere": ends,
        "transitions not acted on": Transition.objects.filter(processed_at__isnull=True).count(),
    }


def handoffs() -> tuple[dict[str, int], Found]:
    """Each qualified center that may queue has exactly one open handoff; nobody else has one. Also: how many of each."""
    from django.db.models import Count
    from django.utils import timezone

    from handoff.entering import Entry, entry
    from handoff.models import OPEN_STATES, Handoff, HandoffEvent
    from handoff.rules import present_rules
    from handoff.standing import standing_of
    from signals.models import CenterState

    rules = present_rules(timezone.now())
    held: dict[int, list[Handoff]] = defaultdict(list)
    for handoff in Handoff.objects.filter(state__in=OPEN_STATES):
        held[handoff.center_id].append(handoff)
    states = CenterState.objects.select_related("center__account").defer("evidence", "strip")
    tally = Counter({"qualified": 0, "kept out by rule": 0, "cooling": 0, "hand-raises alone": 0})
    wrong: Counter[str] = Counter()
    for state in states:
        mine = held.get(state.center_id, [])
        wrong["centers with two open handoffs"] += len(mine) > 1
        if state.qualified:
            tally["qualified"] += 1
            if not mine:
                standing = standing_of(state.center, rules.config, rules.today)
                verdict = entry(standing, rules.terms, today=rules.today, score=state.score, hand_raise=False)
                may = verdict in {Entry.OPEN, Entry.REOPEN}
                wrong["qualified centers without a handoff"] += may
                tally["kept out by rule"] += not may
            wrong["handoffs that don't say that their center qualifies"] += any(
                not handoff.is_mqa or handoff.cooling_since is not None for handoff in mine
            )
            continue
        for handoff in mine:
            raised = handoff.hand_raise_at is not None
            tally["cooling"] += handoff.cooling_since is not None
            tally["hand-raises alone"] += raised
            wrong["open handoffs without a reason"] += not raised and handoff.cooling_since is None
    opened = HandoffEvent.objects.filter(action="open").values("handoff").annotate(n=Count("pk")).filter(n__gt=1)
    tally["open handoffs"] = sum(len(mine) for mine in held.values())
    names = (
        "qualified centers without a handoff", "centers with two open handoffs", "open handoffs without a reason",
        "handoffs that don't say that their center qualifies",
    )  # fmt: skip
    return dict(tally), {name: wrong[name] for name in names} | {"handoffs opened twice": opened.count()}
