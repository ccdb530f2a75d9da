"""The past year of the desk: on the days on which stories ended the product itself evaluates, lets in, and lets cool.

Nothing here decides what qualifies: `signals.rescore` does, with its clock set back, and `handoff.process` acts on it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace

from handoff.demo import scripts
from handoff.demo.cast import CAST
from handoff.demo.desk import Desk
from handoff.demo.moves import Journey
from handoff.demo.offers import THEMES
from handoff.demo.rows import Story
from handoff.demo.world import World
from handoff.demo.writing import Written
from handoff.models import Handoff
from handoff.process import on_qualified, on_unqualified
from signals.actions import request_rescore
from signals.models import Transition
from signals.rescore import rescore_until_done

# After how many days an MQA is looked at again, which by then has mostly cooled; a neglected one more often.
SECOND_LOOK = 38
LOOKS_AT_NEGLECTED = (22, 26, 30, 34, 38)
GRACE = dt.timedelta(days=7)


@dataclass
class _Plan:
    """Which story is looked at on which day."""

    days: dict[dt.date, list[Story]]
    neglected: set[int]


def replay(world: World, written: Written, desk: Desk) -> None:
    """Evaluate and act day by day, oldest first; journeys that begin are played on to today."""
    plan = _plan(world, desk)
    story_of = {}
    for day in sorted(plan.days):
        center_ids = []
        for story in plan.days[day]:
            for name in {"", story.center}:
                center_id = written.centers[story.company, name]
                center_ids.append(center_id)
                story_of[center_id] = story
        at = dt.datetime.combine(day, dt.time(12), dt.UTC) + dt.timedelta(minutes=desk.rng.randint(5, 150))
        evaluate_at(center_ids, at)
        _act(desk, story_of, at, neglected=plan.neglected)


def evaluate_at(center_ids: list[int], at: dt.datetime) -> None:
    """Have these centers evaluated as of a moment that lies behind."""
    request_rescore(center_ids=center_ids, reason="demo", due_at=at)
    rescore_until_done(now=at)


def _plan(world: World, desk: Desk) -> _Plan:
    days: dict[dt.date, list[Story]] = defaultdict(list)
    neglected: set[int] = set()
    yesterday = world.today - dt.timedelta(days=1)
    ends = sorted({story.last_day for story in world.stories})
    for story in world.stories:
        member = CAST[story.company] if story.company < len(CAST) else None
        if member and (not member.desk or story.last_day >= yesterday):
            continue  # not on the desk, or let in today: see handoff.demo.present
        if member and member.sized:
            # Nobody could say whether it fits until its size was known.
            for back in range(member.sized, 0, -1):
                days[world.today - dt.timedelta(days=back)].append(story)
            continue
        days[story.last_day].append(story)
        looks: tuple[int, ...] = (SECOND_LOOK,)
        if (world.today - story.last_day).days > 45 and desk.rng.random() < 0.08:
            neglected.add(story.company)
            looks = LOOKS_AT_NEGLECTED
        for look in looks:
            # Looked at on a day on which others end too: each day costs an evaluation.
            day = next((d for d in ends if d >= story.last_day + dt.timedelta(days=look)), yesterday)
            if day < yesterday:
                days[day].append(story)
    return _Plan(days, neglected)


def _act(desk: Desk, story_of: dict[int, Story], at: dt.datetime, *, neglected: set[int]) -> None:
    """What the desk does of the day's changes: it lets in, marks what cools, withdraws what has cooled."""
    rows = list(
        Transition.objects.filter(processed_at__isnull=True)
        .select_related("center__account__owner_sdr", "center__account__owner_ae", "decision")
        .order_by("center__is_default", "id")
    )
    rules = replace(desk.rules, now=at)
    for row in rows:
        if row.center is None or row.decision is None:
            continue
        story = story_of[row.center.pk]
        if row.kind == Transition.Kind.QUALIFIED:
            handoff = on_qualified(row.center, row.decision, rules, at=at)
            if handoff is not None and handoff.state == "queued" and handoff.queued_at == at:
                begin(desk, handoff, story, neglected=story.company in neglected)
        elif row.kind == Transition.Kind.UNQUALIFIED:
            on_unqualified(row.center, at.date(), rules)
            _let_cool(desk, row.center.pk, story, at)
    Transition.objects.filter(pk__in=[row.pk for row in rows]).update(processed_at=at)


def begin(desk: Desk, handoff: Handoff, story: Story, *, neglected: bool) -> None:
    """Play the journey of a handoff that has just been opened."""
    journey = Journey(desk, handoff, THEMES[story.theme])
    score = handoff.decision.score if handoff.decision else 70.0
    if story.company < len(CAST):
        desk_of = CAST[story.company].desk
        if desk_of != "queue":
            journey.play(scripts.cast(desk.rng, desk_of, age=desk.now - handoff.queued_at))
    elif not neglected:
        journey.play(scripts.draw(desk.rng, score))


def _let_cool(desk: Desk, center_id: int, story: Story, at: dt.datetime) -> None:
    """What nobody claimed is withdrawn a week after it began to cool."""
    handoff = Handoff.objects.select_related("account", "center").filter(center_id=center_id, state="queued").first()
    if handoff is not None and handoff.cooling_since and at + GRACE < desk.now:
        Journey(desk, handoff, THEMES[story.theme]).withdraw(at + GRACE)
