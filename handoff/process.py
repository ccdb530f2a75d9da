"""Turns what scoring says into handoffs: opens, marks, reopens (domain.md §4, end). Idempotent.

`signals` writes a Transition for each change; the step here reads the unprocessed ones in order. One at a time in the
whole installation, since two would overtake each other at one center: an advisory lock keeps the second one out.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import BuyingCenter
from handoff.entering import Entry, entry
from handoff.hand_raises import on_hand_raise
from handoff.models import OPEN_STATES, Handoff
from handoff.opening import cools, mark, open_handoff, open_new, qualifies_now, reopen, show_on, tell_owner
from handoff.rules import Rules, present_rules
from handoff.standing import last_closed, open_elsewhere, standing_of
from handoff.webhooks import announce_qualified
from signals.models import CenterState, Decision, Transition

logger = logging.getLogger(__name__)

LOCK = 0x4D5143  # one processor of transitions in the installation
CHUNK = 50  # transitions a commit


def process_transitions(limit: int = 500) -> int:
    """Acts on up to `limit` unprocessed transitions; returns how many. 0 while another process is at it.

    One that fails is logged and left, with what follows at its center, for the next run; the others go on.
    """
    total = 0
    failed: set[int | None] = set()
    while total < limit:
        done = _process_some(min(CHUNK, limit - total), failed)
        total += done
        if not done:
            break
    return total


@transaction.atomic
def _process_some(limit: int, failed: set[int | None]) -> int:
    """One commit's worth: handoffs that it touches are locked no longer than that."""
    if not _alone():
        return 0
    rows = list(
        Transition.objects.filter(processed_at__isnull=True)
        .exclude(center__in=failed - {None})
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("center__account", "decision")
        .order_by("id")[:limit]
    )
    if not rows:
        return 0
    rules = present_rules()
    idle = _nothing_to_do(rows)
    done = [row.pk for row in rows if row.pk in idle]
    for row in sorted(rows, key=_order):
        if row.pk in idle or row.center_id in failed:
            continue
        try:
            with transaction.atomic():
                _act(row, rules)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one center's trouble must not hold up all others; it stays unprocessed
            logger.exception("Transition %s could not be acted on", row.pk)
            failed.add(row.center_id)
        else:
            done.append(row.pk)
    Transition.objects.filter(pk__in=done).update(processed_at=timezone.now())
    return len(done)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _order(row: Transition) -> tuple[dt.datetime, bool, int]:
    """As they were written; of what one evaluation says of an account, named centers before the whole."""
    return (row.created_at.replace(microsecond=0), bool(row.center and row.center.is_default), row.pk)


def _nothing_to_do(rows: list[Transition]) -> set[int]:
    """New days on which nothing changes at the desk: most of a morning's rows, told apart in two queries."""
    news = [row for row in rows if row.kind == Transition.Kind.EVALUATED]
    ids = {row.center_id for row in news}
    qualified = dict(CenterState.objects.filter(center__in=ids).values_list("center_id", "qualified"))
    handoffs = {
        handoff.center_id: handoff
        for handoff in Handoff.objects.filter(center__in=ids, state__in=OPEN_STATES).only(
            "center_id", "is_mqa", "cooling_since", "hand_raise_at"
        )
    }

    def idle(center_id: int) -> bool:
        handoff = handoffs.get(center_id)
        qualifies = qualified.get(center_id, False)
        if handoff is None:
            return not qualifies
        if qualifies:
            return handoff.is_mqa and handoff.cooling_since is None
        return not cools(handoff)

    return {row.pk for row in news if row.center_id is not None and idle(row.center_id)}


def _act(row: Transition, rules: Rules) -> None:
    if row.kind == Transition.Kind.HAND_RAISE:
        on_hand_raise(row, rules)
        return
    if row.center is None:
        raise ValueError(f"a transition of kind {row.kind} needs a center")
    if row.kind == Transition.Kind.QUALIFIED:
        if row.decision is None:
            raise ValueError("a center qualifies by a decision")
        handoff = on_qualified(row.center, row.decision, rules, at=row.decision.as_of)
        announce_qualified(row.decision, row.center, handoff, key=f"transition:{row.pk}")
    elif row.kind == Transition.Kind.UNQUALIFIED:
        on_unqualified(row.center, row.occurred_at.astimezone(dt.UTC).date(), rules)
    else:
        on_evaluated(row.center, rules)


def on_evaluated(center: BuyingCenter, rules: Rules) -> None:
    """Brings the desk in line with the present state of a center, whatever was missed before."""
    state = CenterState.objects.filter(center=center).select_related("decision").defer("evidence").first()
    if state is None:
        return
    if state.qualified:
        on_qualified(center, state.decision, rules, at=rules.now, score=state.score)
    else:
        on_unqualified(center, state.unqualified_since or rules.today, rules)


def on_qualified(
    center: BuyingCenter, decision: Decision | None, rules: Rules, *, at: dt.datetime, score: float | None = None
) -> Handoff | None:
    """A center qualifies since `at`: its open handoff is an MQA now and no longer cools; else it enters, if it may."""
    handoff = open_handoff(center)
    if handoff is not None:
        _mark_qualified(handoff, decision, rules, at)
        return handoff
    score = decision.score if score is None and decision else score
    standing = standing_of(center, rules.config, rules.today)
    if standing.last is not None and not qualifies_now(center):
        return None  # told late, of what has passed since
    verdict = entry(standing, rules.terms, today=rules.today, score=score, hand_raise=False)
    if verdict == Entry.OPEN:
        return open_new(center, rules, decision=decision, qualified_at=at)
    if verdict == Entry.REOPEN and (last := last_closed(center)) is not None:
        return reopen(last, rules, decision=decision)
    if verdict == Entry.SHOWN_ELSEWHERE and not center.is_default and (other := open_elsewhere(center)) is not None:
        show_on(other, center, decision)
    elif verdict in {Entry.CUSTOMER, Entry.OPPORTUNITY} and decision is not None:
        tell_owner(center, verdict, "qualifies", f"decision:{decision.pk}")
    return None


def _mark_qualified(handoff: Handoff, decision: Decision | None, rules: Rules, at: dt.datetime) -> None:
    changed: dict[str, Any] = {}
    if not handoff.is_mqa:
        changed |= {
            "is_mqa": True,
            "qualified_at": at,
            "decision_id": decision.pk if decision else None,
        }
    if handoff.cooling_since is not None:
        changed["cooling_since"] = None
    if changed:
        mark(handoff, "qualified" if "is_mqa" in changed else "warmed", rules, **changed)


def on_unqualified(center: BuyingCenter, since: dt.date, rules: Rules) -> None:
    """Its open handoff shows that it is cooling. What was raised by hand never cools."""
    handoff = open_handoff(center)
    if handoff is not None and cools(handoff) and not qualifies_now(center):
        mark(handoff, "cooling", rules, cooling_since=since)
