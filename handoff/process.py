"""Turns what scoring says into handoffs: opens, marks, reopens (domain.md §4, end). Idempotent.

`signals` writes a Transition for each change; the step here reads the unprocessed ones in order. One at a time in the
whole installation, since two would overtake each other at one center: an advisory lock keeps the second one out.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import BuyingCenter
from handoff import notify
from handoff.actions.core import clocks_of, lock, record
from handoff.entering import Entry, Terms, entry, is_fresh
from handoff.models import OPEN_STATES, DeskPolicy, Handoff, HandoffEvent, TriageItem
from handoff.policy import business_calendar, desk_policy
from handoff.sla import BusinessCalendar, claim_due
from handoff.standing import active_config, last_closed, open_elsewhere, standing_of, terms_of
from signals.models import CenterState, Decision, Transition
from signals.scoring_config import ScoringConfig

logger = logging.getLogger(__name__)

LOCK = 0x4D5143  # one processor of transitions in the installation


@dataclass(frozen=True, slots=True)
class Rules:
    """What one run goes by: the active model, the desk's policy, the moment."""

    config: ScoringConfig
    terms: Terms
    policy: DeskPolicy
    calendar: BusinessCalendar
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The UTC day."""
        return self.now.astimezone(dt.UTC).date()

    def claim_due(self, *, hand_raise: bool) -> dt.datetime:
        """When something that enters now must have been claimed."""
        return claim_due(self.calendar, clocks_of(self.policy), self.now, hand_raise=hand_raise)


def present_rules(now: dt.datetime | None = None) -> Rules:
    """The rules of this moment."""
    config, policy = active_config(), desk_policy()
    return Rules(config, terms_of(config), policy, business_calendar(policy), now or timezone.now())


def process_transitions(limit: int = 500) -> int:
    """Acts on up to `limit` unprocessed transitions; returns how many. 0 while another process is at it.

    One that fails is logged and left, with what follows at its center, for the next run; the others go on.
    """
    with transaction.atomic():
        if not _alone():
            return 0
        rows = list(
            Transition.objects.filter(processed_at__isnull=True)
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
            .select_related("center__account", "decision")
            .order_by("id")[:limit]
        )
        if not rows:
            return 0
        rules = present_rules()
        idle = _nothing_to_do(rows)
        done = [row.pk for row in rows if row.pk in idle]
        failed: set[int | None] = set()
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
        if handoff is None:
            return not qualified.get(center_id, False)
        if qualified.get(center_id, False):
            return handoff.is_mqa and handoff.cooling_since is None
        return not cools(handoff)

    return {row.pk for row in news if idle(row.center_id)}


def cools(handoff: Handoff) -> bool:
    """True where not qualifying begins to cool it: an MQA that nobody raised a hand for and that is not cooling yet."""
    return handoff.is_mqa and handoff.hand_raise_at is None and handoff.cooling_since is None


def _act(row: Transition, rules: Rules) -> None:
    if row.kind == Transition.Kind.HAND_RAISE:
        on_hand_raise(row, rules)
    elif row.kind == Transition.Kind.QUALIFIED:
        on_qualified(row.center, row.decision, rules, at=row.decision.as_of)
    elif row.kind == Transition.Kind.UNQUALIFIED:
        on_unqualified(row.center, _day_of(row.occurred_at), rules)
    else:
        on_evaluated(row.center, rules)


def _day_of(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.UTC).date()


def on_evaluated(center: BuyingCenter, rules: Rules) -> None:
    """Brings the desk in line with the present state of a center, whatever was missed before."""
    state = CenterState.objects.filter(center=center).select_related("decision").defer("evidence").first()
    if state is None:
        return
    if state.qualified:
        on_qualified(center, state.decision, rules, at=rules.now, score=state.score)
    else:
        on_unqualified(center, state.unqualified_since or rules.today, rules)


def open_handoff(center: BuyingCenter) -> Handoff | None:
    """The center's open handoff, locked."""
    pk = Handoff.objects.filter(center=center, state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if pk is None:
        return None
    handoff = lock(pk)
    return handoff if handoff.state in OPEN_STATES else None


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
    if standing.last is not None and not _qualifies_now(center):
        return None  # told late, of what has passed since
    verdict = entry(standing, rules.terms, today=rules.today, score=score, hand_raise=False)
    if verdict == Entry.OPEN:
        return _open(center, rules, decision=decision, qualified_at=at)
    if verdict == Entry.REOPEN:
        return _reopen(last_closed(center), rules, decision=decision)
    if verdict == Entry.SHOWN_ELSEWHERE and not center.is_default:
        _show_on(open_elsewhere(center), center, decision)
    elif verdict in {Entry.CUSTOMER, Entry.OPPORTUNITY} and decision is not None:
        _tell_owner(center, verdict, "qualifies", f"decision:{decision.pk}")
    return None


def _qualifies_now(center: BuyingCenter) -> bool:
    return CenterState.objects.filter(center=center, qualified=True).exists()


def _mark_qualified(handoff: Handoff, decision: Decision | None, rules: Rules, at: dt.datetime) -> None:
    changed: dict[str, object] = {}
    if not handoff.is_mqa:
        changed |= {
            "is_mqa": True,
            "qualified_at": at,
            "decision_id": decision.pk if decision else None,
        }
    if handoff.cooling_since is not None:
        changed["cooling_since"] = None
    if changed:
        _mark(handoff, "qualified" if "is_mqa" in changed else "warmed", rules, **changed)


def _mark(handoff: Handoff, action: str, rules: Rules, *, data: dict | None = None, **changes: object) -> HandoffEvent:
    """A change by the system that moves nothing and is no activity of the holder."""
    changes["last_activity_at"], changes["offered_back_at"] = handoff.last_activity_at, handoff.offered_back_at
    return record(handoff, action, by=None, to=handoff.state, at=rules.now, data=data, **changes)


def _open(
    center: BuyingCenter,
    rules: Rules,
    *,
    decision: Decision | None,
    qualified_at: dt.datetime | None = None,
    raised: tuple[int | None, dt.datetime] | None = None,
) -> Handoff:
    """A new one in the queue: an MQA with `qualified_at`, else a hand-raise alone."""
    touch_id, raised_at = raised or (None, None)
    handoff = Handoff.objects.create(
        center=center,
        account_id=center.account_id,
        state="queued",
        state_since=rules.now,
        is_mqa=qualified_at is not None,
        decision=decision if qualified_at else None,
        qualified_at=qualified_at,
        hand_raise_at=raised_at,
        hand_raise_touch_id=touch_id,
        queued_at=rules.now,
        claim_due_at=rules.claim_due(hand_raise=raised is not None),
        last_activity_at=rules.now,
    )
    event = HandoffEvent.objects.create(
        handoff=handoff, action="open", at=rules.now, from_state="", to_state="queued", data={"touch": touch_id}
    )
    _tell_queued(handoff, event, hand_raise=raised is not None)
    return handoff


def _reopen(
    last: Handoff,
    rules: Rules,
    *,
    decision: Decision | None,
    raised: tuple[int | None, dt.datetime] | None = None,
) -> Handoff:
    """The withdrawn one goes on: the same journey, counted once, under a fresh claim clock."""
    handoff = lock(last.pk)
    changes: dict[str, object] = {
        "queued_at": rules.now,
        "closed_at": None,
        "closed_by_id": None,
        "cooling_since": None,
        "score_at_close": None,
        "claim_due_at": rules.claim_due(hand_raise=raised is not None),
    }
    if raised is not None:
        changes["hand_raise_touch_id"], changes["hand_raise_at"] = raised
    data = {"decision": decision.pk if decision else None}
    event = record(handoff, "reopen", by=None, to="queued", at=rules.now, data=data, **changes)
    _tell_queued(handoff, event, hand_raise=raised is not None)
    return handoff


def _tell_queued(handoff: Handoff, event: HandoffEvent, *, hand_raise: bool) -> None:
    owner = handoff.account.owner_sdr
    what = "asks to be called" if hand_raise else "qualified"
    text = f"{handoff.center} {what} and waits in your queue."
    kind = "hand_raise" if hand_raise else "queued"
    notify.tell([owner], kind=kind, text=text, handoff=handoff, event=event)


def _show_on(handoff: Handoff, center: BuyingCenter, decision: Decision | None) -> None:
    """A named center that qualifies is shown on the whole's handoff, from which it can be split off. Once each."""
    shown = handoff.events.filter(action="center_qualified", data__center=center.pk)
    if decision and not shown.filter(data__decision=decision.pk).exists():
        HandoffEvent.objects.create(
            handoff=handoff,
            action="center_qualified",
            from_state=handoff.state,
            to_state=handoff.state,
            comment=f"{center.name} qualifies",
            data={"center": center.pk, "decision": decision.pk},
        )


def _tell_owner(center: BuyingCenter, verdict: Entry, what: str, key: str) -> None:
    why = "it is a customer" if verdict == Entry.CUSTOMER else "it has an open opportunity"
    account = center.account
    notify.tell(
        [account.owner_ae or account.owner_sdr],
        kind="not_queued",
        text=f"{center} {what}; {why}, so it does not queue.",
        account=account,
        key=key,
    )


def on_unqualified(center: BuyingCenter, since: dt.date, rules: Rules) -> None:
    """Its open handoff shows that it is cooling. What was raised by hand never cools."""
    handoff = open_handoff(center)
    if handoff is not None and cools(handoff) and not _qualifies_now(center):
        _mark(handoff, "cooling", rules, cooling_since=since)


def on_hand_raise(row: Transition, rules: Rules) -> None:
    """A demo or contact request: into the queue, onto an open handoff, or to the triage list."""
    if not is_fresh(_day_of(row.occurred_at), rules.terms, today=rules.today):
        return
    if row.center is None:
        to_triage(row.touch_id, None, row.contact_id, row.occurred_at, rules)
        return
    raise_hand(row.center, row.touch_id, row.occurred_at, rules, contact_id=row.contact_id)


def raise_hand(
    center: BuyingCenter,
    touch_id: int | None,
    raised_at: dt.datetime,
    rules: Rules,
    *,
    contact_id: int | None = None,
    placed: bool = False,
) -> Handoff | None:
    """Lets a hand-raise in at a center; the handoff that carries it, None when it goes to triage, or nowhere.

    `placed`: a person said that it belongs here, so the ICP status is not asked.
    """
    raised = (touch_id, raised_at)
    handoff = open_handoff(center) or _locked(open_elsewhere(center))
    if handoff is not None:
        _mark_raised(handoff, raised, rules)
        _settle(touch_id, "queued", rules, handoff)
        return handoff
    state = CenterState.objects.filter(center=center).select_related("decision").defer("evidence").first()
    icp = state.icp if state else ""
    if not placed and icp == "out":
        _settle(touch_id, "out", rules)
        return None
    if not placed and icp != "in":
        to_triage(touch_id, center.account_id, contact_id, raised_at, rules)
        return None
    score = state.score if state else None
    standing = standing_of(center, rules.config, rules.today)
    verdict = entry(standing, rules.terms, today=rules.today, score=score, hand_raise=True)
    if verdict in {Entry.CUSTOMER, Entry.OPPORTUNITY}:
        _tell_owner(center, verdict, "asks to be called", f"touch:{touch_id}")
        _settle(touch_id, "owner", rules)
        return None
    qualified = bool(state and state.qualified)
    decision = state.decision if qualified else None
    if verdict == Entry.REOPEN:
        handoff = _reopen(last_closed(center), rules, decision=decision, raised=raised)
    else:
        handoff = _open(center, rules, decision=decision, raised=raised, qualified_at=rules.now if qualified else None)
    _settle(touch_id, "queued", rules, handoff)
    return handoff


def _locked(handoff: Handoff | None) -> Handoff | None:
    return lock(handoff.pk) if handoff else None


def _mark_raised(handoff: Handoff, raised: tuple[int | None, dt.datetime], rules: Rules) -> None:
    """Marks an open handoff: first in the queue, under the hand-raise's clock, and it no longer cools."""
    touch_id, raised_at = raised
    if handoff.hand_raise_touch_id == touch_id or (handoff.hand_raise_at and handoff.hand_raise_at > raised_at):
        return
    changes: dict[str, object] = {
        "hand_raise_at": raised_at,
        "hand_raise_touch_id": touch_id,
        "cooling_since": None,
    }
    if handoff.state == "queued":
        due = rules.claim_due(hand_raise=True)
        changes["claim_due_at"] = min(due, handoff.claim_due_at or due)
    event = _mark(handoff, "hand_raise", rules, data={"touch": touch_id}, **changes)
    people = [handoff.holder] if handoff.holder else [handoff.account.owner_sdr]
    text = f"{handoff.center} asks to be called."
    notify.tell(people, kind="hand_raise", text=text, handoff=handoff, event=event)


def to_triage(
    touch_id: int, account_id: int | None, contact_id: int | None, raised_at: dt.datetime, rules: Rules
) -> TriageItem:
    """Puts a hand-raise on the triage list, once, under the same clock as in the queue."""
    item, made = TriageItem.objects.get_or_create(
        touch_id=touch_id,
        defaults={
            "account_id": account_id,
            "contact_id": contact_id,
            "occurred_at": raised_at,
            "created_at": rules.now,
            "due_at": rules.claim_due(hand_raise=True),
        },
    )
    if not made and account_id and item.account_id is None and item.resolved_at is None:
        item.account_id, item.contact_id = account_id, contact_id or item.contact_id
        item.save(update_fields=["account", "contact"])
    return item


def _settle(touch_id: int | None, outcome: str, rules: Rules, handoff: Handoff | None = None) -> None:
    """What waited on the triage list has found its place."""
    TriageItem.objects.filter(touch_id=touch_id, resolved_at__isnull=True).update(
        resolved_at=rules.now, outcome=outcome, handoff=handoff
    )
