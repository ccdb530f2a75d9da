"""All touches of the demo: everyday noise, the stories, and what belongs to nobody yet. Pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from handoff.demo.cast import CAST
from handoff.demo.offers import THEMES, channel_and_campaign, offer
from handoff.demo.people import NAMED
from handoff.demo.rows import Company, Person, Story, TouchRow, stream
from handoff.demo.stories import Teller, touch

DAYS = 400
# How much an account is about, with the share of accounts: touches in 400 days on average.
ACTIVITY = ((0.40, 4), (0.38, 17), (0.17, 48), (0.05, 105))
NOISE: dict[str, int] = {
    "page_other": 27, "blog_page": 22, "email_open": 16, "email_click": 8, "product_page": 5, "email_sent": 5,
    "content_download": 2, "webinar_registered": 3, "webinar_attended": 1, "case_study": 1, "pricing_page": 1,
    "call": 2, "unmapped": 1,
}  # fmt: skip
OUTBOUND = frozenset({"email_sent", "call"})
CAST_QUIET_DAYS = 46
THEME_SHARE = 0.45
ANONYMOUS_SHARE = 0.22
STRANGERS = (
    "alderpoint", "brassbell", "copperline", "duskwood", "eastgate-labs", "fernhill", "greyharbor", "hazelnet",
    "ivorycoast", "jadeworks", "kitestring", "lowland-tech", "maplecroft", "nightjar", "opalbank", "pinwheel",
    "quietus", "redcurrant", "slatehouse", "tallgrass", "undertow", "violetink", "windrush", "yellowfin", "zinnia",
)  # fmt: skip
FREE_MAIL = ("gmail.com", "outlook.com", "proton.me")


def touches(
    seed: int,
    world: Sequence[Company],
    people: Sequence[Person],
    stories: Sequence[Story],
    today: date,
    key_personas: frozenset[str],
) -> list[TouchRow]:
    """Every touch, oldest first."""
    by_company: dict[int, list[Person]] = defaultdict(list)
    for person in people:
        by_company[person.company].append(person)
    found = _noise(stream(seed, "noise"), world, by_company, today)
    rng = stream(seed, "stories")
    for story in stories:
        team = by_company[story.company]
        if named := NAMED.get(world[story.company].name):
            team = team[: len(named)]
        if story.center:
            # A center's story is told by its people; two of them at least there must be.
            for person in team[:5]:
                person.center = person.center or story.center
            team = [person for person in team if person.center == story.center]
        found += Teller(rng, story, team, today, key_personas).tell()
    found += _strangers(stream(seed, "strangers"), today)
    found.sort(key=lambda row: (row.at, row.company or -1, row.person or -1, row.type, row.name))
    return found


def _noise(
    rng: random.Random, world: Sequence[Company], by_company: dict[int, list[Person]], today: date
) -> list[TouchRow]:
    kinds, weights = tuple(NOISE), tuple(NOISE.values())
    shares, means = [share for share, _ in ACTIVITY], [mean for _, mean in ACTIVITY]
    found = []
    for company in world:
        on_the_desk = company.index < len(CAST)
        mean = 30 if on_the_desk else rng.choices(means, shares)[0]
        themes = rng.sample(tuple(THEMES), 2)
        team = by_company[company.index]
        visitors = [f"a-{rng.getrandbits(48):012x}" for _ in range(2)]
        for kind in rng.choices(kinds, weights, k=round(mean * rng.uniform(0.5, 1.5))):
            # The cast warmed up before its stories, which noise must not disturb.
            first = CAST_QUIET_DAYS if on_the_desk else 1
            days_ago = rng.randint(first, 110 if on_the_desk and rng.random() < 0.6 else DAYS)
            at = _moment(rng, today - timedelta(days=days_ago))
            theme = rng.choice(themes) if rng.random() < THEME_SHARE else None
            row = touch(rng, rng.choice(team), at, kind, theme, days_ago)
            if row.kind == "page" and rng.random() < ANONYMOUS_SHARE:
                # Known by its company alone: the site's account lookup sent a group and no person.
                row.person, row.email, row.visitor, row.domain = None, "", rng.choice(visitors), company.domain
            elif kind in OUTBOUND:
                row.kind = "manual"
            found.append(row)
    return found


def _strangers(rng: random.Random, today: date) -> list[TouchRow]:
    """Touches of domains that no account has, of free mail, of nobody at all."""
    found = []
    for word in STRANGERS:
        names = [
            f"{rng.choice('abcdefgjklmnprst')}.{rng.choice(('wells', 'kim', 'ruiz', 'hale', 'moss'))}" for _ in range(2)
        ]
        found += [
            _unmatched(rng, today, f"{rng.choice(names)}@{word}.example", f"{word}.example")
            for _ in range(rng.randint(1, 9))
        ]
    found += [_unmatched(rng, today, f"sam.reader{number}@{rng.choice(FREE_MAIL)}", "") for number in range(26)]
    for _ in range(60):
        row = _unmatched(rng, today, "", "")
        row.visitor = f"a-{rng.getrandbits(48):012x}"
        found.append(row)
    return found


def _unmatched(rng: random.Random, today: date, email: str, domain: str) -> TouchRow:
    kind = rng.choice(
        ("page_other", "blog_page", "product_page", "content_download", "webinar_registered", "pricing_page")
    )
    theme = rng.choice(tuple(THEMES)) if rng.random() < 0.5 else None
    what, read_as = offer(rng, kind, theme)
    days_ago = rng.randint(1, 60)
    channel, campaign = channel_and_campaign(rng, kind, read_as, days_ago)
    properties: dict[str, object] = dict([what.detail]) if what.detail else {}
    if read_as and what.kind == "track":
        properties["theme"] = read_as
    minutes = rng.randint(*what.minutes)
    properties["minutes"] = minutes
    return TouchRow(
        at=_moment(rng, today - timedelta(days=days_ago)),
        type=what.type,
        theme=read_as,
        minutes=minutes,
        kind=what.kind,
        name=what.name,
        path=what.path,
        channel=channel,
        campaign=campaign,
        email=email,
        domain=domain,
        properties=properties,
    )


def _moment(rng: random.Random, day: date) -> datetime:
    """A moment of a day, on weekends moved to the Friday before."""
    day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time(rng.randint(5, 18), rng.randint(0, 59), rng.randint(0, 59)), UTC)
