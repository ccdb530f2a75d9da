"""What the desk's lists need beside handoff/queries.py. The number of queries never depends on the number of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from accounts.lookups import containing
from accounts.models import Account, Contact, Domain, User
from accounts.roles import Capability
from handoff.models import OPEN_STATES, Handoff, Notice, TriageItem
from handoff.queries import SCOPES, Scope, counts, queue
from handoff.queue_filters import QueueFilter
from signals.models import CenterState, MqlSpell, Theme, Touch
from signals.scoring_config import MQA_STAGE

PER_PAGE = 50
QUEUE_PER_PAGE = 40  # a row of the queue is the largest: this keeps its page under 100 KB
PRIMARY_DOMAINS = Prefetch("domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))


def scopes(user: User) -> list[Scope]:
    """The scopes that `user` has tabs for: everyone's is for managers."""
    return [scope for scope in SCOPES if scope != "all" or user.may(Capability.ASSIGN)]


def queue_counts(user: User) -> dict[str, int]:
    """How many rows each scope has. One query."""
    return counts(user)


def queue_page(user: User, scope: Scope, filters: QueueFilter, number: str | None) -> Page:
    """One page of a scope, narrowed by the filters."""
    rows = filters.apply(queue(user, scope)).select_related("center__account")
    return Paginator(rows, QUEUE_PER_PAGE).get_page(number)


def _rows() -> QuerySet[Handoff]:
    return (
        Handoff.objects.select_related(
            "center__state__theme", "center__account", "account", "assigned_to", "claimed_by", "ae", "reason"
        )
        .defer("center__state__evidence")
        .order_by()
    )


def queue_rows(ids: Sequence[int]) -> list[Handoff]:
    """These handoffs as they are now, whatever their state, in the order of `ids`."""
    found = {row.pk: row for row in _rows().filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def queue_row(pk: int) -> Handoff:
    """One handoff as a row of the queue. Raises DoesNotExist."""
    return _rows().get(pk=pk)


def queue_news(
    user: User, scope: Scope, filters: QueueFilter, since: dt.datetime, known: Sequence[int]
) -> list[Handoff]:
    """What has come into a scope since a moment and is not among `known`, the latest first; at most 20."""
    found = filters.apply(queue(user, scope)).filter(queued_at__gt=since).exclude(pk__in=known)
    return list(found.select_related("center__account").order_by("-queued_at", "-id")[:20])


def filter_options() -> dict[str, list[Any]]:
    """What the queue can be filtered by: industries and regions of what is open, and the themes. Three queries."""
    open_accounts = Account.objects.filter(handoffs__state__in=OPEN_STATES)
    return {
        name: list(
            open_accounts.exclude(**{f"{name}__isnull": True}).order_by(name).values_list(name, flat=True).distinct()
        )
        for name in ("industry", "region")
    } | {"themes": list(Theme.objects.filter(archived_at__isnull=True).only("key", "name"))}


# Lists


def account_states(
    *, q: str = "", stage: str = "", block: str = "", icp: str = "", target: bool = False
) -> QuerySet[CenterState]:
    """Evaluated accounts as a whole, the best first: the index of the score gives the order."""
    found = (
        CenterState.objects.filter(center__is_default=True, score__isnull=False)
        .select_related("account__owner_sdr", "account__owner_ae")
        .defer("evidence", "strip")
        .prefetch_related(
            Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
        )
    )
    test = Q()
    if q:
        test &= Q(account__in=matching_accounts(q).values("pk"))
    if stage:
        test &= Q(qualified=True) if stage == MQA_STAGE else Q(stage=stage)
    if block:
        test &= Q(block=block)
    if icp:
        test &= Q(icp=icp)
    if target:
        test &= Q(account__is_target=True)
    return found.filter(test).order_by("-score", "-center_id")


def accounts_by_name(*, q: str = "", target: bool = False) -> QuerySet[Account]:
    """All accounts by name, evaluated or not."""
    found = matching_accounts(q) if q else Account.objects.all()
    if target:
        found = found.filter(is_target=True)
    return found.select_related("owner_sdr", "owner_ae").prefetch_related(PRIMARY_DOMAINS).order_by(Lower("name"), "id")


def matching_accounts(text: str) -> QuerySet[Account]:
    """Accounts whose name has `text` in it, or a domain that begins with it. Each side is found by its own index."""
    text = text.strip()
    by_name = Account.objects.filter(name__ilike=containing(text)).order_by().values("pk")
    by_domain = Domain.objects.filter(name__startswith=text.lower()).order_by().values("account_id")
    return Account.objects.filter(pk__in=by_name.union(by_domain))


def states_of(accounts: Iterable[Account]) -> dict[int, CenterState]:
    """The states of these accounts as a whole, by account. One query."""
    rows = CenterState.objects.filter(account__in=list(accounts), center__is_default=True).defer("evidence")
    return {row.account_id: row for row in rows}


def open_handoffs(accounts: Iterable[int]) -> dict[int, list[Handoff]]:
    """Open handoffs by account. One query."""
    found: dict[int, list[Handoff]] = {}
    for row in Handoff.objects.filter(account__in=list(accounts), state__in=OPEN_STATES).select_related(
        "claimed_by", "ae"
    ):
        found.setdefault(row.account_id, []).append(row)
    return found


def people(*, q: str = "", seniority: str = "", mql: bool = False, do_not_contact: bool = False) -> QuerySet[Contact]:
    """People at accounts, the latest known first, each with since when it is an MQL (`mql_since`, None for who is none)."""
    spell = MqlSpell.objects.filter(contact=OuterRef("pk"), until__isnull=True)
    found = Contact.objects.filter(erased_at__isnull=True).select_related("account", "persona")
    found = found.annotate(mql_since=Subquery(spell.values("since")[:1]))
    for word in q.split()[:4]:
        if "@" in word:
            found = found.filter(email__istartswith=word)
        else:
            pattern = containing(word)
            found = found.filter(Q(first_name__ilike=pattern) | Q(last_name__ilike=pattern))
    if seniority:
        found = found.filter(seniority=seniority)
    if mql:
        found = found.filter(pk__in=MqlSpell.objects.filter(until__isnull=True).values("contact"))
    if do_not_contact:
        found = found.filter(do_not_contact=True)
    return found.order_by("-id")


def last_touches(contacts: Iterable[Contact]) -> dict[int, dt.datetime]:
    """The last touch of each of these people. One query over the index of each."""
    ids = [contact.pk for contact in contacts]
    since = timezone.now() - dt.timedelta(days=180)
    rows = (
        Touch.objects.filter(contact_id__in=ids, occurred_at__gte=since)
        .order_by()
        .values("contact_id")
        .annotate(at=Max("occurred_at"))
    )
    return {row["contact_id"]: row["at"] for row in rows}


def notices(user: User) -> QuerySet[Notice]:
    """The bell of a user, the latest first."""
    return Notice.objects.filter(recipient=user, in_bell=True).select_related("handoff", "account")


def triage() -> QuerySet[TriageItem]:
    """Hand-raises that a person has to place, the nearest due first."""
    return (
        TriageItem.objects.filter(resolved_at__isnull=True)
        .select_related("account", "contact", "contact__account")
        .order_by("due_at", "id")
    )


def mine(user: User) -> QuerySet[Handoff]:
    """What `user` holds, and what `user` owns that waits, in the order of the queue."""
    return queue(user, "mine").select_related("center__account")


def nav_counts(user: User, at_desk: dict[str, int] | None = None) -> dict[str, int]:
    """The counts beside the navigation's entries, in two queries; in one where the page has counted the queue."""
    at_desk = at_desk or counts(user)
    others = (
        User.objects.filter(pk=user.pk)
        .values(
            n_notices=_count_of(Notice.objects.filter(recipient=user.pk, read_at__isnull=True)),
            n_triage=_count_of(TriageItem.objects.filter(resolved_at__isnull=True)),
            n_passed=_count_of(Handoff.objects.filter(passed_by=user.pk, state__in=("passed", "accepted"))),
            n_waiting=_count_of(Handoff.objects.filter(ae=user.pk, state="passed")),
        )
        .get()
    )
    return {
        "pool": at_desk["pool"],
        "mine": at_desk["mine"],
        "notices": others["n_notices"],
        "triage": others["n_triage"],
        "passed": others["n_passed"],
        "waiting": others["n_waiting"],
    }


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows, as an expression inside another query; 0 where there are none."""
    one = rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(one), 0)


def touches_by_id(ids: Sequence[int]) -> dict[int, Touch]:
    """Touches with their type, by id. One query."""
    found = Touch.objects.filter(pk__in=ids).select_related("touch_type", "contact").defer("payload").order_by()
    return {touch.pk: touch for touch in found}


def account(text: str) -> Account | None:
    """The account of a form's value, None where there is none."""
    return Account.objects.filter(pk=int(text)).first() if text.isdigit() else None
