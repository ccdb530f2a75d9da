"""The tree of the side navigation. Routes that do not exist and those a role has no use for are left out.

A room puts a count beside its entry with `count_of("desk:queue")(callable)`, once its URLs are loaded; the
callable takes the request and returns a number, or None. It runs once a whole page, never for a partial.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from accounts.roles import Capability

Count = Callable[[HttpRequest], int | None]

_counts: dict[str, Count] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A link to declare: its words, its route, what a role must be allowed to do to see it.

    `also`: routes that are of it without lying under it.
    """

    label: str
    route: str
    needs: Capability | None = None
    staff: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link to draw."""

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one label. `items` is what templates iterate."""

    label: str
    items: tuple[Link, ...]


TREE: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("Queue", "desk:queue"),
            Entry("My accounts", "desk:mine"),
            Entry("Inbox", "desk:inbox", Capability.RECEIVE),
            Entry("Team", "desk:team", Capability.ASSIGN, also=("desk:assignment",)),
            Entry("Passed to AE", "desk:passed", Capability.WORK_QUEUE),
            Entry("Notices", "desk:notices"),
        ),
    ),
    (
        "Find",
        (
            Entry("Accounts", "desk:accounts"),
            Entry("People", "desk:people"),
            Entry("Triage", "desk:triage"),
            Entry("Unmatched", "signals:unmatched", Capability.MATCH),
        ),
    ),
    (
        "Qualification",
        (
            Entry("Scoring model", "signals:model"),
            Entry("What-if", "signals:whatif", Capability.CONFIGURE),
            Entry("Decisions", "signals:decisions"),
            Entry("Target list", "desk:targets", Capability.CHOOSE_TARGETS),
        ),
    ),
    (
        "Measure",
        (
            Entry("Dashboard", "reports:monday"),
            Entry("Funnel", "reports:funnel"),
            Entry("Attribution", "reports:attribution"),
            Entry("Revenue", "reports:revenue"),
            Entry("Speed and SLA", "reports:speed"),
            Entry("Target accounts", "reports:abm"),
            Entry("Model quality", "reports:model"),
            Entry("Learning", "reports:learning"),
        ),
    ),
    (
        "Data",
        (
            Entry("Imports", "accounts:imports", Capability.IMPORT),
            Entry("Webhooks", "desk:webhooks", Capability.MANAGE_KEYS),
            Entry("Events and rules", "signals:events", Capability.CONFIGURE, also=("signals:rules",)),
            Entry("First steps", "desk:first_steps", Capability.CONFIGURE),
        ),
    ),
)
END: tuple[Entry, ...] = (
    Entry("Admin", "admin:index", staff=True),
    Entry("Settings", "desk:profile"),
    Entry("Security", "mfa_index"),
    Entry("Sign out", "account_logout"),
)


def count_of(route: str) -> Callable[[Count], Count]:
    """Registers the count of a route; a second registration replaces the first."""

    def register(count: Count) -> Count:
        _counts[route] = count
        return count

    return register


def find(route: str) -> str | None:
    """The address of a route, None where there is no such route."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return None


def _visible(entry: Entry, user: User) -> bool:
    if entry.staff and not user.is_staff:
        return False
    return entry.needs is None or user.may(entry.needs)


def current_url(path: str, urls: Sequence[str]) -> str | None:
    """The longest of `urls` that `path` lies under: /accounts/imports/3/ is of imports, not of accounts."""
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(under, key=len, default=None)


def build(request: HttpRequest) -> tuple[list[Group], list[Link]]:
    """The groups beside the page and the links at their end, for the user of `request`; none for nobody."""
    user = request.user
    if not isinstance(user, User):
        return [], []
    named = [
        (
            label,
            [(entry, url) for entry in entries if _visible(entry, user) and (url := find(entry.route))],
        )
        for label, entries in (*TREE, ("end", END))
    ]
    pairs = [pair for _, group in named for pair in group]
    owner = {find(route): url for entry, url in pairs for route in entry.also} | {url: url for _, url in pairs}
    here = owner.get(current_url(request.path, [url for url in owner if url]))

    def link(entry: Entry, url: str) -> Link:
        count = _counts.get(entry.route)
        return Link(entry.label, url, count(request) if count else None, url == here)

    drawn = [(label, tuple(link(entry, url) for entry, url in pairs)) for label, pairs in named]
    groups = [Group(label, links) for label, links in drawn[:-1] if links]
    return groups, list(drawn[-1][1])
