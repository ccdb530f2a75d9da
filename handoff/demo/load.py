"""Loads the demo company: all of it in one transaction, so that a load that was killed leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pgtrigger
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.keys import create_key
from accounts.models import Account, ApiKey, Persona
from accounts.people import title_rules
from handoff.actions.core import clocks_of
from handoff.demo import catalogue, deals, present, revenue, staff, world, writing
from handoff.demo.cast import CAST
from handoff.demo.desk import Desk, Left
from handoff.demo.people import Classify
from handoff.demo.replay import replay
from handoff.demo.rows import stream
from handoff.models import BuyingGroupTemplate, Handoff, Notice, Reason
from handoff.rules import present_rules
from signals.models import Decision, ScoringFailure, Transition

# Notices of the past were read after a while.
READ_AFTER = dt.timedelta(minutes=100)


class NotEmpty(Exception):
    """There are accounts already: the demo goes into an empty desk alone."""


@transaction.atomic
def load(
    *, seed: int, accounts: int, now: dt.datetime | None = None, say: Callable[[str], None] = lambda _: None
) -> None:
    """Load `accounts` accounts with a year behind them. `say` hears of each part. Raises NotEmpty."""
    if Account.objects.exists():
        raise NotEmpty
    now = now or timezone.now()
    people = staff.hire()
    catalogue.set_up(by=people["admin"], now=now)
    key, _ = create_key(name=writing.WEBSITE, scope=ApiKey.Scope.INGEST, by=people["admin"])
    drawn = world.build(
        seed=seed,
        accounts=accounts,
        today=now.astimezone(dt.UTC).date(),
        classify=_classify(),
        key_personas=frozenset(catalogue.KEY_PERSONAS),
    )
    say(f"{len(drawn.companies)} accounts, {len(drawn.people)} people, {len(drawn.touches)} touches")
    written = writing.write(drawn, staff=people)
    desk = _desk(drawn, written, people, now)
    replay(drawn, written, desk)
    say(f"{Handoff.objects.count()} journeys of the past year")
    on_the_desk = {*written.accounts[: len(CAST)], *Handoff.objects.values_list("account_id", flat=True)}
    ended = {
        written.accounts[story.company]: dt.datetime.combine(story.last_day, dt.time(15), dt.UTC)
        for story in drawn.stories
    }
    deals.other_deals(desk, without=on_the_desk, blocked=ended)
    _write_left(desk, written, f"desk-{seed}")
    present.fill_the_queue(drawn, written, desk, key)
    _write_left(desk, written, f"today-{seed}")
    present.talk_today(written, desk)
    revenue.revenue(desk)
    _date_back(now)
    if failure := ScoringFailure.objects.first():
        raise RuntimeError(f"a center of the demo could not be evaluated: {failure.error}")
    say("the queue is filled")


def _classify() -> Classify:
    """Seniority and the name of the persona, by the installation's own rules."""
    rules, names = title_rules(), dict(Persona.objects.values_list("id", "name"))

    def classify(title: str, department: str) -> tuple[str, str | None]:
        persona = rules.persona_of(title, department)
        return rules.seniority_of(title), None if persona is None else names[persona]

    return classify


def _desk(drawn: world.World, written: writing.Written, people: dict, now: dt.datetime) -> Desk:
    rules = present_rules(now)
    return Desk(
        rng=stream(drawn.seed, "desk"),
        rules=rules,
        clocks=clocks_of(rules.policy),
        staff=people,
        reasons={(reason.kind, reason.key): reason for reason in Reason.objects.all()},
        templates={template.segment: template for template in BuyingGroupTemplate.objects.all()},
        activity=Counter(written.contacts[t.person] for t in drawn.touches if t.person is not None),
        person_index={pk: index for index, pk in enumerate(written.contacts)},
        company_index={pk: index for index, pk in enumerate(written.accounts)},
        now=now,
    )


def _write_left(desk: Desk, written: writing.Written, prefix: str) -> None:
    """Write what journeys left, and begin anew."""
    left, desk.left = desk.left, Left()
    left.write()
    touches = sorted(left.touches, key=lambda touch: (touch.at, touch.company or 0))
    writing.write_touches(touches, accounts=written.accounts, contacts=written.contacts, strangers={}, prefix=prefix)


def _date_back(now: dt.datetime) -> None:
    """Let what the replay wrote today bear the moments that it is about; notices of the past were read."""
    # The trigger keeps decisions from being changed; here their one moment of writing is put where the replay was.
    with pgtrigger.ignore("signals.Decision:decision_append_only"):
        Decision.objects.filter(as_of__lte=now).update(recorded_at=F("as_of"))
    Transition.objects.filter(occurred_at__lte=now).update(created_at=F("occurred_at"))
    notices = []
    for notice in Notice.objects.filter(kind__in=("queued", "hand_raise")).select_related("handoff"):
        if notice.handoff is None:
            continue
        notice.created_at = notice.handoff.queued_at
        notice.read_at = notice.created_at + READ_AFTER if notice.created_at < now - READ_AFTER else None
        notices.append(notice)
    Notice.objects.bulk_update(notices, ["created_at", "read_at"], batch_size=500)
