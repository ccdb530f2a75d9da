"""Revenue events from files, as billing systems and CRMs export them (domain.md §6, §8).

A row means the event with its id, else the one of its kind, day, currency and opportunity at its account. Amounts are a
year's. A minus sign before what was contracted or lost is taken as said twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from accounts.imports import bulk
from accounts.imports.fields import CURRENCY, DAY, SIGNED_MONEY, Field, Row
from accounts.imports.links import (
    OTHER,
    account_of,
    link_fields,
    look_up,
    names_account,
    salesforce_id,
)
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.imports.values import Unreadable
from accounts.record_ids import looks_salesforce
from handoff.models import RevenueEvent

Kind = RevenueEvent.Kind
_KINDS = {
    Kind.NEW: ("new", "new business", "new logo", "new mrr", "new arr", "new customer", "reactivation", "neukunde"),
    Kind.EXPANSION: ("expansion", "upsell", "up-sell", "cross-sell", "crosssell", "upgrade", "expansion mrr", "expansion arr"),
    Kind.CONTRACTION: ("contraction", "downgrade", "downsell", "contraction mrr", "contraction arr", "reduction"),
    Kind.RENEWAL: ("renewal", "renewed", "renew", "extension"),
    Kind.CHURN: ("churn", "churned", "churn mrr", "cancellation", "cancelled", "canceled", "lost", "lost customer"),
}  # fmt: skip
_BY_NAME = {name: kind for kind, names in _KINDS.items() for name in names}
_LESS = frozenset({Kind.CONTRACTION, Kind.CHURN})
_COLUMNS = ("account_id", "opportunity_id", "kind", "amount", "currency", "occurred_on")
_LABELS = {"account_id": "Account", "opportunity_id": "Opportunity", "kind": "Kind", "amount": "Amount",
           "currency": "Currency", "occurred_on": "On"}  # fmt: skip
_KNOWN = """
SELECT e.id FROM handoff_revenueevent e JOIN unnest(%s::text[], %s::text[]) AS w(system, value)
    ON e.system = w.system AND e.external_id = w.value AND e.external_id <> ''
UNION SELECT e.id FROM handoff_revenueevent e WHERE e.external_id = '' AND e.account_id = ANY(%s::bigint[])"""
_OPPORTUNITIES = """
SELECT o.id, o.account_id, o.external_id, lower(o.name) FROM handoff_opportunity o
WHERE o.account_id = ANY(%s::bigint[]) AND (o.external_id = ANY(%s::text[]) OR lower(o.name) = ANY(%s::text[])) ORDER BY o.id"""


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of an event: `id` None makes one."""

    id: int | None = None
    said: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] | None = None


def kind_of(cell: str) -> str:
    """A kind by the names that systems give it."""
    found = _BY_NAME.get(" ".join(cell.casefold().replace("_", " ").split()))
    if found is None:
        raise Unreadable(f"“{cell}” is not new, expansion, contraction, renewal or churn")
    return str(found)


class RevenueImporter:
    """What customers pay a year, as it changes."""

    kind = "revenue"
    label = "Revenue events"
    help = "What customers pay a year, as it changes: new, expansion, contraction, renewal, churn. Import their accounts first."
    telling = frozenset({"mrrmovement", "arrmovement", "movementtype", "arrchange", "revenueevent", "revenueeventid"})

    def fields(self) -> Sequence[Field]:
        """The event and its account."""
        return [
            Field(key="event", label="Event ID", limit=120,
                  aliases=("Revenue Event ID", "Movement ID", "Invoice Line ID", "Transaction ID")),
            Field(key="kind", label="Kind", required=True, convert=kind_of, constant=True,
                  aliases=("Revenue Type", "Movement", "Movement Type", "MRR Movement", "ARR Movement", "Revenue Event",
                           "Event Type", "Change Type")),
            Field(key="amount", label="Amount a year", type=SIGNED_MONEY, required=True,
                  aliases=("ARR", "ARR Change", "Annual Amount", "Annual Recurring Revenue", "ACV", "Delta ARR", "Amount")),
            Field(key="currency", label="Currency", type=CURRENCY, constant=True,
                  aliases=("CurrencyIsoCode", "Amount Currency", "ARR Currency")),
            Field(key="occurred_on", label="Date", type=DAY, required=True,
                  aliases=("On", "Occurred On", "Effective Date", "Movement Date", "Revenue Date", "Start Date")),
            Field(key="salesforce_deal", label="Opportunity ID (Salesforce)", convert=salesforce_id, fits=looks_salesforce,
                  aliases=("Opportunity ID", "OpportunityId")),
            Field(key="external_deal", label="Opportunity ID (other system)", limit=120, aliases=("Opportunity ID", "Deal ID")),
            Field(key="deal_name", label="Opportunity name", limit=200, aliases=("Opportunity", "Opportunity Name", "Deal Name")),
            *link_fields(),
        ]  # fmt: skip

    def keys(self, row: Row) -> Iterable[str]:
        """Its id; of an event without one what it says."""
        if not names_account(row):
            raise Unreadable("A revenue event needs its account: an id, a domain or the exact name")
        amount = row.values["amount"].amount
        if amount < 0 and row.values["kind"] not in _LESS:
            raise Unreadable(f"“{amount}” is less than nothing, which only a contraction or churn can be")
        if "#event" in row.values or "event" in row.values:
            return [":".join(_id(row))]
        said = row.values
        deal = said.get("salesforce_deal") or said.get("external_deal") or said.get("deal_name", "").casefold()
        currency = said.get("currency") or said["amount"].currency
        return [f"{_account_words(row)}|{said['kind']}|{said['occurred_on']}|{currency}|{deal}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """What would become of the rows now."""
        return list(self._plan(rows, task, lock=False))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Make and change the events."""
        planned = self._plan(rows, task, lock=True)
        bulk.copy(
            RevenueEvent,
            (
                {"system": "", "external_id": "", "recorded_at": task.at} | one.said
                for one in planned
                if one.verdict == NEW
            ),
        )
        bulk.update(
            RevenueEvent, [one.known | one.said for one in planned if one.verdict == CHANGED and one.known], _COLUMNS
        )
        return list(planned)

    def _plan(self, rows: Sequence[Row], task: Task, *, lock: bool) -> list[Planned]:
        accounts = look_up(rows)
        planned = [Planned(row, title=f"{row.values['kind'].title()} {row.values['occurred_on']}") for row in rows]
        for one in planned:
            owner = account_of(one.row, accounts)
            if owner is None:
                one.verdict, one.reason = REJECTED, f"No account here is “{_account_words(one.row)}”: import it first"
            else:
                one.said = _said(one.row, owner, task)
        taken = [one for one in planned if one.verdict != REJECTED]
        _name_opportunities(taken)
        known = _known(taken, lock=lock)
        for one in taken:
            _compare(one, known)
        return planned


def _id(row: Row) -> tuple[str, str]:
    """The system and the id there; ("", "") for an event without one."""
    if "#event" in row.values:  # the API names the system itself
        found: tuple[str, str] = row.values["#event"]
        return found
    return (OTHER, str(row.values["event"])) if "event" in row.values else ("", "")


def _account_words(row: Row) -> str:
    keys = ("salesforce_id", "hubspot_id", "external_id", "group_id", "account_domain", "account_name")
    return next(str(row.values[key]) for key in keys if key in row.values)


def _said(row: Row, account_id: int, task: Task) -> dict[str, Any]:
    money = row.values["amount"]
    system, external_id = _id(row)
    return {
        "account_id": account_id,
        "opportunity_id": None,
        "kind": row.values["kind"],
        "amount": abs(money.amount),
        "currency": row.values.get("currency") or money.currency or task.options.currency,
        "occurred_on": row.values["occurred_on"],
        "system": system,
        "external_id": external_id,
    }


def _name_opportunities(planned: Sequence[Planned]) -> None:
    """The opportunity of the account that a row names by id or exact name; what names none that we know is noted."""
    named = [one for one in planned if _deal_words(one.row) != ("", "")]
    if not named:
        return
    words = [_deal_words(one.row) for one in named]
    with connection.cursor() as cursor:
        cursor.execute(
            _OPPORTUNITIES,
            [[one.said["account_id"] for one in named], [w[0] for w in words if w[0]], [w[1] for w in words if w[1]]],
        )
        found: dict[tuple[int, str, str], int] = {}
        for pk, account_id, external_id, name in cursor.fetchall():
            found.setdefault((account_id, "id", external_id), pk)
            found.setdefault((account_id, "name", name), pk)
    for one, (external_id, name) in zip(named, words, strict=True):
        account_id = one.said["account_id"]
        one.said["opportunity_id"] = (
            found.get((account_id, "id", external_id)) if external_id else found.get((account_id, "name", name))
        )
        if one.said["opportunity_id"] is None:
            one.notes.append(f"No opportunity of the account is “{external_id or name}”: left out")


def _deal_words(row: Row) -> tuple[str, str]:
    said = row.values
    return said.get("salesforce_deal") or said.get("external_deal", ""), said.get("deal_name", "").casefold()


def _known(planned: Sequence[Planned], *, lock: bool) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The events that the rows may mean, by id and by what they say."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            [
                [one.said["system"] for one in planned],
                [one.said["external_id"] for one in planned],
                [one.said["account_id"] for one in planned if not one.said["external_id"]],
            ],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    wanted = RevenueEvent.objects.filter(pk__in=bulk.among(ids)).order_by("pk")
    if lock:
        wanted = wanted.select_for_update(no_key=True)
    return {_key(row): row for row in wanted.values("id", "system", "external_id", *_COLUMNS)}


def _key(said: dict[str, Any]) -> tuple[Any, ...]:
    if said["external_id"]:
        return (said["system"], said["external_id"])
    return (said["account_id"], said["kind"], said["occurred_on"], said["currency"], said["opportunity_id"])


def _compare(one: Planned, known: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    one.known = known.get(_key(one.said))
    if one.known is None:
        one.verdict, one.same_as = NEW, f"r:{_key(one.said)}"
        return
    one.id, one.same_as = one.known["id"], f"r:{one.known['id']}"
    if one.said["opportunity_id"] is None:  # a row that names none says nothing of it
        one.said["opportunity_id"] = one.known["opportunity_id"]
    one.changes = [
        (_LABELS[name], _shown(one.known[name]), _shown(one.said[name]))
        for name in _COLUMNS
        if one.known[name] != one.said[name]
    ]
    if one.changes:
        one.verdict = CHANGED


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
