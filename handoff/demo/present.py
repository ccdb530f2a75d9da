"""Today at the desk: the queue fills as it would have during the last hours, and people raise their hands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from accounts.models import ApiKey
from handoff.actions.notes import add_note
from handoff.clocks import fire_due
from handoff.cooling import cool_and_withdraw, let_back_in, settle_triage
from handoff.demo.cast import CAST
from handoff.demo.desk import Desk
from handoff.demo.replay import begin, evaluate_at
from handoff.demo.rows import Person, Story
from handoff.demo.standing import compare_past_days
from handoff.demo.stories import HAND_RAISES, asks_for_a_demo
from handoff.demo.world import World
from handoff.demo.writing import Written
from handoff.hand_raises import on_hand_raise
from handoff.models import Handoff
from handoff.process import on_qualified, process_transitions
from signals import daily
from signals.ingest.parse import parse
from signals.ingest.store import accept
from signals.models import Transition

# How many minutes ago each account came into the queue; the claim clock runs for 240, a hand-raise's for 60.
ENTERED: dict[str, int] = {
    "Dahl Renewables": 560, "Sandberg Automation": 335, "Mirelle Cosmetics": 305, "Novotny Castings": 262,
    "Fairhaven Mutual": 226, "Halden Freight Systems": 199, "Quillon Motors": 145, "Lantern Savings": 145,
    "Tamsin Robotics": 110, "Ostrava Glassworks": 68, "Pellham & Roy": 68, "Kestra Biologics": 20,
    "Lindqvist Energy": 20, "Thorncliff Power": 6,
}  # fmt: skip
RAISED: dict[str, int] = {"Umbra Forwarding": 47, "Quillon Motors": 24, "Corvane Health": 8}
SAID_TODAY = (
    (
        "Halden Freight Systems",
        "ravi",
        "The whole team joined the integrations webinar. @Priya Nair, Dana asked about pricing.",
    ),
    (
        "Kaldera Bearings",
        "priya",
        "They confirm a Q1 project. Budget sits with finance, name to come. @Tom Okafor heads up.",
    ),
)
STRANGER, STRANGER_RAISED = "h.osei@slatehouse.example", 33


def fill_the_queue(world: World, written: Written, desk: Desk, key: ApiKey) -> None:
    """Evaluate each account at its moment, then all at once, and let the desk's own steps do the rest."""
    stories = {story.company: story for story in world.stories if story.company < len(CAST)}
    index = {member.name: number for number, member in enumerate(CAST)}
    moments: dict[int, list[tuple[Story, bool]]] = defaultdict(list)
    for raises, cast in ((False, ENTERED), (True, RAISED)):
        for name, minutes in cast.items():
            if index[name] in stories:
                moments[minutes].append((stories[index[name]], raises))
    for minutes in sorted(moments, reverse=True):
        at = desk.now - dt.timedelta(minutes=minutes)
        story_of: dict[int, Story] = {}
        for story, raises in moments[minutes]:
            if raises:
                _raise_hand(world, story, key, at)
            story_of |= {written.centers[story.company, part]: story for part in {"", story.center}}
        evaluate_at(list(story_of), at)
        _act(desk, story_of, at)
    _ask(STRANGER, key, desk.now - dt.timedelta(minutes=STRANGER_RAISED))
    _act(desk, {}, desk.now - dt.timedelta(minutes=STRANGER_RAISED))
    evaluate_at(list(written.centers.values()), desk.now)
    compare_past_days(world.today)
    daily.compare(world.today)
    settle(desk)


def settle(desk: Desk) -> None:
    """What the poller would do first: so that nothing changes by itself in the minute after loading."""
    while process_transitions():
        pass
    settle_triage(now=desk.now)
    cool_and_withdraw(now=desk.now)
    let_back_in(now=desk.now)
    fire_due(now=desk.now)


def talk_today(written: Written, desk: Desk) -> None:
    """Two notes of the day, by the desk's own action: somebody is mentioned."""
    numbers = {member.name: number for number, member in enumerate(CAST)}
    for name, author, text in SAID_TODAY:
        handoff = Handoff.objects.filter(account_id=written.accounts[numbers[name]]).select_related("account").first()
        if handoff is not None:
            add_note(account=handoff.account, by=desk.staff[author], text=text, handoff=handoff)


def _raise_hand(world: World, story: Story, key: ApiKey, at: dt.datetime) -> None:
    team: list[Person] = [person for person in world.people if person.company == story.company]
    if story.shape in HAND_RAISES:
        _ask(asks_for_a_demo(team).email, key, at)


def _ask(email: str, key: ApiKey, at: dt.datetime) -> None:
    """A demo request, taken in as the HTTP door takes it."""
    message = {
        "type": "track",
        "event": "Demo Requested",
        "messageId": f"demo-request-{email}",
        "anonymousId": f"v-{email}",
        "timestamp": at.isoformat(),
        "context": {"traits": {"email": email}, "page": {"path": "/demo"}},
        "properties": {"minutes": 5},
    }
    accept(key=key, entries=[parse(message, received_at=at)], received_at=at)


def _act(desk: Desk, story_of: dict[int, Story], at: dt.datetime) -> None:
    """What the desk did of it at that moment."""
    rules = replace(desk.rules, now=at)
    rows = Transition.objects.filter(processed_at__isnull=True).select_related("center__account", "decision")
    for row in rows.order_by("center__is_default", "id"):
        if row.kind == Transition.Kind.HAND_RAISE:
            on_hand_raise(row, rules)
        elif row.kind == Transition.Kind.QUALIFIED and row.center is not None:
            handoff = on_qualified(row.center, row.decision, rules, at=at)
            story = story_of.get(row.center_id or 0)
            if story and handoff is not None and handoff.queued_at == at and CAST[story.company].desk == "working":
                begin(desk, handoff, story, neglected=False)
        row.processed_at = at
        row.save(update_fields=["processed_at"])
