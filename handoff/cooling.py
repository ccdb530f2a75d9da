"""What time alone does at the desk: MQAs cool and are withdrawn, triage finds its place, dates to come back arrive.

`signals` announces changes (handoff/process.py acts on them); the steps here look at what is, so that nothing stays
behind when a message was missed. Both are idempotent and safe to run twice at once.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import BuyingCenter
from handoff.actions.closing import closed_columns
from handoff.actions.core import lock, record
from handoff.entering import has_cooled
from handoff.hand_raises import raise_hand
from handoff.models import OPEN_STATES, Handoff, Opportunity, TriageItem
from handoff.process import on_evaluated
from handoff.rules import Rules, present_rules
from signals.models import CenterState, Touch


def cool_and_withdraw(limit: int = 1000, *, now: dt.datetime | None = None) -> int:
    """Withdraws what nobody has claimed and what has not qualified for `grace_days` running; returns how many.

    What has begun to cool, or has qualified again, without the desk hearing of it, is marked first.
    """
    rules = present_rules(now)
    for center in _out_of_line()[:limit]:
        with transaction.atomic():
            on_evaluated(center, rules)
    latest = rules.today - dt.timedelta(days=rules.terms.grace_days)
    due = Handoff.objects.filter(
        state="queued",
        cooling_since__lte=latest,
        is_mqa=True,
        hand_raise_at__isnull=True,
        center__state__qualified=False,
    )
    return sum(_withdraw(pk, rules) for pk in due.order_by("cooling_since", "id").values_list("pk", flat=True)[:limit])


def _out_of_line() -> list[BuyingCenter]:
    """Centers whose open handoff does not show what their state says."""
    handoffs = Handoff.objects.filter(state__in=OPEN_STATES, is_mqa=True).filter(
        Q(center__state__qualified=True, cooling_since__isnull=False)
        | Q(center__state__qualified=False, cooling_since__isnull=True, hand_raise_at__isnull=True)
    )
    return [handoff.center for handoff in handoffs.select_related("center__account").order_by("id")]


@transaction.atomic
def _withdraw(handoff_id: int, rules: Rules) -> bool:
    """Closes one as cooled, unless somebody claimed it or it qualified in the meantime."""
    handoff = lock(handoff_id)
    since = handoff.cooling_since
    if since is None:
        return False
    cooled = (
        handoff.state == "queued"
        and handoff.hand_raise_at is None
        and has_cooled(since, rules.terms, today=rules.today)
        and not CenterState.objects.filter(center=handoff.center_id, qualified=True).exists()
    )
    if cooled:
        columns = closed_columns(handoff, None, rules.now) | {"cooling_since": since}
        data = {"since": since.isoformat()}
        record(handoff, "withdraw", by=None, to="withdrawn", at=rules.now, comment="cooled", data=data, **columns)
    return cooled


def let_back_in(limit: int = 500, *, now: dt.datetime | None = None) -> int:
    """Lets in what qualifies and may by now: a date to come back has passed, a deal or another handoff was closed.

    So does a hand-raise that is still fresh when the account comes into the ICP. Returns how many entered. The rules are
    those of handoff/entering.py, here in SQL so that only those few are read.
    """
    rules = present_rules(now)
    waiting = (
        _outside_deals(rules)
        .filter(qualified=True)
        .exclude(Exists(Handoff.objects.filter(center=OuterRef("center"), state__in=OPEN_STATES)))
        .filter(_may_enter(rules))
        .order_by("center__is_default", F("score").desc(nulls_last=True))
    )
    other = Handoff.objects.filter(account=OuterRef("account"), state__in=OPEN_STATES)
    other = other.exclude(center__is_default=OuterRef("center__is_default"))
    entered = 0
    for state in waiting.exclude(Exists(other))[:limit]:
        with transaction.atomic():
            on_evaluated(state.center, rules)
            entered += Handoff.objects.filter(center=state.center_id, state__in=OPEN_STATES).exists()
    return entered + _let_raised_hands_in(limit, rules)


def _let_raised_hands_in(limit: int, rules: Rules) -> int:
    """Lets in fresh hand-raises that found the door shut: the account was out of the ICP, a customer, or had a deal."""
    oldest = rules.today - dt.timedelta(days=rules.terms.hand_raise_days)
    of_account = Handoff.objects.filter(account=OuterRef("account"))
    settled = TriageItem.objects.filter(touch_id=OuterRef("hand_raise_touch_id"), outcome__in=("queued", "dismissed"))
    shut_out = (
        _outside_deals(rules)
        .filter(icp="in", hand_raise_at__gte=dt.datetime.combine(oldest, dt.time(), dt.UTC))
        .exclude(Exists(of_account.filter(state__in=OPEN_STATES)))
        .exclude(Exists(of_account.filter(hand_raise_touch_id=OuterRef("hand_raise_touch_id"))))
        .exclude(Exists(of_account.filter(closed_at__gte=OuterRef("hand_raise_at"))))
        .exclude(Exists(settled))
        .order_by("center__is_default", "hand_raise_at", "center_id")
    )
    entered = 0
    for state in shut_out[:limit]:
        if state.hand_raise_touch_id is None or state.hand_raise_at is None:
            continue
        with transaction.atomic():
            carried = raise_hand(state.center, state.hand_raise_touch_id, state.hand_raise_at, rules)
            entered += carried is not None
    return entered


def _outside_deals(rules: Rules) -> QuerySet[CenterState]:
    """States of accounts that may queue: without an open opportunity, and no customers that the policy keeps out."""
    return (
        CenterState.objects.exclude(
            Exists(Opportunity.objects.filter(account=OuterRef("account"), stage=Opportunity.Stage.OPEN))
        )
        .exclude(_kept_out_customers(rules))
        .select_related("center__account")
        .defer("evidence", "strip")
    )


def _may_enter(rules: Rules) -> Q:
    """`handoff.entering.entry` as far as the last closing goes."""
    last = Handoff.objects.filter(center=OuterRef("center"), closed_at__isnull=False).order_by("-closed_at", "-id")
    terms = rules.terms
    closed_before = dt.datetime.combine(
        rules.today - dt.timedelta(days=terms.requalify_after_days - 1), dt.time(), dt.UTC
    )
    free = (
        Q(state="withdrawn")
        | Q(comeback_on__lte=rules.today)
        | Q(comeback_on__isnull=True, closed_at__lt=closed_before)
        | Q(score_at_close__lte=OuterRef("score") - terms.requalify_score_jump)
    )
    newest = Handoff.objects.filter(pk=Subquery(last.values("pk")[:1])).filter(free)
    return ~Exists(last) | Exists(newest)


def _kept_out_customers(rules: Rules) -> Q:
    """Present customers (`handoff.standing.is_present_customer`) of the segments whose policy has no expansion."""
    present = (
        Q(account__customer_since__lte=rules.today)
        | Q(account__customer_since__isnull=True, account__lifecycle="customer")
    ) & (Q(account__customer_until__isnull=True) | Q(account__customer_until__gte=rules.today))
    policies = rules.config.policies
    shut = [
        is_target for is_target, policy in ((True, policies.target), (False, policies.other)) if not policy.expansion
    ]
    return present & Q(account__is_target__in=shut)


def settle_triage(limit: int = 200, *, now: dt.datetime | None = None) -> int:
    """Places what waits for triage and can be placed now: its account arrived, or its ICP status is known.

    What is older than a hand-raise may be stays for a person to decide. Returns how many left the list.
    """
    items = TriageItem.objects.filter(resolved_at__isnull=True)
    waiting = list(items.filter(account__isnull=True).values_list("touch_id", flat=True))
    matched = Touch.objects.filter(pk__in=waiting, account__isnull=False) if waiting else Touch.objects.none()
    for touch_id, account_id, contact_id in matched.values_list("pk", "account_id", "contact_id"):
        items.filter(touch_id=touch_id).update(account=account_id, contact=contact_id)
    known = CenterState.objects.filter(account=OuterRef("account"), center__is_default=True, icp__in=("in", "out"))
    if not items.filter(Exists(known)).exists():
        return 0
    rules = present_rules(now)
    oldest = rules.today - dt.timedelta(days=rules.terms.hand_raise_days)
    fresh = items.filter(Exists(known), occurred_at__gte=dt.datetime.combine(oldest, dt.time(), dt.UTC))
    return sum(_settle(pk, rules) for pk in list(fresh.order_by("id").values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _settle(item_id: int, rules: Rules) -> bool:
    item = TriageItem.objects.select_for_update(no_key=True).get(pk=item_id)
    if item.resolved_at is None and item.account_id is not None:
        center = BuyingCenter.objects.select_related("account").get(account=item.account_id, is_default=True)
        raise_hand(center, item.touch_id, item.occurred_at, rules, contact_id=item.contact_id)
        item.refresh_from_db(fields=["resolved_at"])
    return item.resolved_at is not None
