"""Opportunities from files, as CRMs export deals (domain.md §5, §6, §8).

A row means the deal with its record id, else the one of exactly its name at its account. An open deal keeps its account from
the queue and a closed one is what reports count; the account's lifecycle is what the accounts' own file says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection

from accounts import changes
from accounts.imports import bulk
from accounts.imports.fields import BOOLEAN, CURRENCY, DAY, MOMENT, MONEY, Field, Row
from accounts.imports.links import (
    OTHER,
    account_of,
    first_id,
    link_fields,
    look_up,
    looks_numeric,
    names_account,
    salesforce_id,
)
from accounts.imports.people_here import user_here
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.imports.values import Money, Unreadable
from accounts.record_ids import looks_salesforce
from handoff.models import Handoff, Opportunity

OPEN, WON, LOST = (str(stage) for stage in Opportunity.Stage)
_WON = frozenset(
    {
        "won",
        "closedwon",
        "closed won",
        "closed - won",
        "closed/won",
        "win",
        "gewonnen",
        "geschlossen und gewonnen",
        "abgeschlossen und gewonnen",
    }
)
_LOST = frozenset(
    {"lost", "closedlost", "closed lost", "closed - lost", "closed/lost", "loss", "verloren", "geschlossen und verloren",
     "abgeschlossen und verloren", "disqualified", "abandoned", "cancelled", "canceled", "no decision"}
)  # fmt: skip
_SYSTEMS = {"salesforce_deal": "salesforce", "hubspot_deal": "hubspot", "external_deal": OTHER}
_LABELS = {
    "account_id": "Account", "name": "Name", "amount": "Amount", "currency": "Currency", "stage": "Stage",
    "owner_id": "Owner", "created_at": "Created", "expected_close_on": "Expected close", "closed_on": "Closed on",
    "loss_reason": "Loss reason",
}  # fmt: skip
_COLUMNS = tuple(_LABELS)
_BY_ID = """
SELECT o.id FROM handoff_opportunity o JOIN unnest(%s::text[], %s::text[]) AS w(system, value)
    ON o.system = w.system AND o.external_id = w.value AND o.external_id <> ''
UNION SELECT o.id FROM handoff_opportunity o JOIN unnest(%s::bigint[], %s::text[]) AS w(account_id, name)
    ON o.account_id = w.account_id AND lower(o.name) = lower(w.name)"""


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of a deal: `id` None makes one."""

    id: int | None = None
    said: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] | None = None


class OpportunityImporter:
    """Deals with their account, amount and stage."""

    kind = "opportunities"
    label = "Opportunities"
    help = "Deals: Salesforce opportunities or HubSpot deals. Import their accounts first."
    telling = frozenset(
        {
            "opportunityname",
            "stagename",
            "iswon",
            "dealname",
            "dealstage",
            "isclosedwon",
            "dealphase",
            "opportunityinhaber",
        }
    )

    def fields(self) -> Sequence[Field]:
        """The deal and its account."""
        return [
            Field(key="name", label="Opportunity name",
                  german=("Opportunity-Name", "Opportunityname", "Deal-Name", "Name des Deals"),
                  limit=200, required=True,
                  aliases=("Name", "Opportunity Name", "Deal Name", "Opportunity", "dealname")),
            Field(key="salesforce_deal", label="Opportunity ID (Salesforce)", convert=salesforce_id, fits=looks_salesforce,
                  aliases=("Opportunity ID", "Id", "OpportunityId", "Opportunity ID 18", "Case Safe ID")),
            Field(key="hubspot_deal", label="Record ID (HubSpot)",
                  german=("Datensatz-ID", "Deal-ID"),
                  convert=first_id, fits=looks_numeric,
                  aliases=("Record ID", "Deal ID", "hs_object_id", "Record ID - Deal")),
            Field(key="external_deal", label="Opportunity ID (other system)", limit=120,
                  aliases=("External ID", "Opportunity ID", "Deal ID", "ID")),
            Field(key="amount", label="Amount",
                  german=("Betrag", "Deal-Betrag", "Betrag (umgerechnet)", "Betrag in Unternehmenswährung"),
                  type=MONEY,
                  aliases=("Deal Amount", "Amount in company currency", "Value", "Deal Value", "Amount (converted)")),
            Field(key="currency", label="Currency",
                  german=("Währung", "Betrag (Währung)", "Betrag Währung", "Opportunity-Währung"),
                  type=CURRENCY, constant=True,
                  aliases=("Opportunity Currency", "CurrencyIsoCode", "Deal Currency", "Amount Currency", "Deal currency code")),
            Field(key="stage", label="Stage",
                  german=("Phase", "Deal-Phase", "Verkaufsphase"),
                  limit=120, constant=True,
                  aliases=("StageName", "Deal Stage", "Opportunity Stage", "dealstage", "Status")),
            Field(key="is_closed", label="Is closed",
                  german=("Geschlossen",),
                  type=BOOLEAN, aliases=("IsClosed", "Closed", "Is Deal Closed?")),
            Field(key="is_won", label="Is won",
                  german=("Gewonnen", "Wurde abgeschlossen und gewonnen"),
                  type=BOOLEAN, aliases=("IsWon", "Won", "Is Closed Won", "Is closed won")),
            Field(key="close_on", label="Close date",
                  german=("Schlusstermin", "Abschlussdatum", "Abschlusstermin"),
                  type=DAY,
                  aliases=("CloseDate", "Closed On", "Expected Close Date", "Closing Date", "closedate")),
            Field(key="created_at", label="Created",
                  german=("Erstelldatum", "Erstellungsdatum", "Erstellt am"),
                  type=MOMENT,
                  aliases=("CreatedDate", "Created Date", "Create Date", "Created On", "createdate")),
            Field(key="owner", label="Owner",
                  german=("Opportunity-Inhaber", "Opportunityinhaber", "Deal-Inhaber", "Zuständiger Mitarbeiter für Deal"
                          ),
                  convert=user_here(),
                  aliases=("Opportunity Owner", "Deal owner", "Owner.Email", "Owner Email", "Owner.Name", "Owner Name")),
            Field(key="loss_reason", label="Loss reason",
                  german=("Verlustgrund", "Grund für Verlust"),
                  limit=120,
                  aliases=("Closed Lost Reason", "Loss_Reason__c", "Lost Reason", "Reason Lost", "closed_lost_reason")),
            *link_fields(),
        ]  # fmt: skip

    def keys(self, row: Row) -> Iterable[str]:
        """Its record ids; of a deal without any its account and name."""
        if not names_account(row):
            raise Unreadable("An opportunity needs its account: an id, a domain or the exact name")
        ids = [f"{system}:{value}" for system, value in _ids(row)]
        if ids:
            return ids
        return [f"{_account_words(row)}|{row.values['name'].casefold()}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """What would become of the rows now."""
        return list(self._plan(rows, task, lock=False))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Make and change the deals; their accounts are evaluated again."""
        planned = self._plan(rows, task, lock=True)
        new = [one for one in planned if one.verdict == NEW]
        changed = [one for one in planned if one.verdict == CHANGED]
        bulk.copy(Opportunity, (one.said for one in new))
        bulk.update(
            Opportunity, [one.known | one.said for one in changed if one.known], [*_COLUMNS, "system", "external_id"]
        )
        accounts = {one.said["account_id"] for one in (*new, *changed)}
        accounts |= {one.known["account_id"] for one in changed if one.known}
        changes.changed(account_ids=accounts, reason="opportunity")
        return list(planned)

    def _plan(self, rows: Sequence[Row], task: Task, *, lock: bool) -> list[Planned]:
        accounts = look_up(rows)
        planned = [Planned(row, title=row.values["name"]) for row in rows]
        for one in planned:
            owner = account_of(one.row, accounts)
            if owner is None:
                one.verdict, one.reason = REJECTED, f"No account here is “{_account_words(one.row)}”: import it first"
            else:
                one.said = _said(one.row, owner, task)
        known = _known([one for one in planned if one.verdict != REJECTED], lock=lock)
        for one in planned:
            if one.verdict != REJECTED:
                _compare(one, known, task)
        return planned


def _ids(row: Row) -> list[tuple[str, str]]:
    if "#deal" in row.values:  # the API names the system itself
        return [row.values["#deal"]]
    return [(system, str(row.values[key])) for key, system in _SYSTEMS.items() if key in row.values]


def _account_words(row: Row) -> str:
    keys = ("salesforce_id", "hubspot_id", "external_id", "group_id", "account_domain", "account_name")
    return next(str(row.values[key]) for key in keys if key in row.values)


def stage_of(row: Row) -> str | None:
    """Open, won or lost, by the flags of a CRM, else by the stage's name; None when the row says nothing of it."""
    said = row.values
    if said.get("is_won"):
        return WON
    if said.get("is_closed"):
        return LOST if "is_won" in said or _named(said) != WON else WON
    if "is_closed" in said:
        return OPEN
    return _named(said) if "stage" in said else None


def _named(said: dict[str, Any]) -> str:
    name = " ".join(str(said.get("stage", "")).casefold().split())
    if name in _WON or name.startswith("closed won"):
        return WON
    return LOST if name in _LOST or name.startswith("closed lost") else OPEN


def _said(row: Row, account_id: int, task: Task) -> dict[str, Any]:
    """What a row says, by column."""
    said: dict[str, Any] = {"account_id": account_id}
    for key, column in (
        ("name", "name"),
        ("owner", "owner_id"),
        ("created_at", "created_at"),
        ("loss_reason", "loss_reason"),
    ):
        if key in row.values:
            said[column] = row.values[key]
    amount = row.values.get("amount")
    if isinstance(amount, Money):
        said["amount"] = amount.amount
        said["currency"] = row.values.get("currency") or amount.currency or task.options.currency
    if stage := stage_of(row):
        said["stage"] = stage
    for system, value in _ids(row)[:1]:
        said |= {"system": system, "external_id": value[:120]}
    return said


def _compare(one: Planned, known: "_Known", task: Task) -> None:
    one.known = known.of(one)
    if one.known is None and known.is_ambiguous(one):
        one.verdict, one.reason = REJECTED, "Several opportunities of the account have this name: an id must tell which"
        return
    before = one.known or {"stage": OPEN, "closed_on": None, "expected_close_on": None}
    stage = one.said.get("stage", before["stage"])
    if not _close(one, before, stage, task):
        return
    if one.known is None:
        one.verdict = NEW
        one.said = _first(one.said, task)
        return
    one.id, one.same_as = one.known["id"], f"o:{one.known['id']}"
    if before["stage"] == OPEN != stage and one.id in known.at_desk:
        one.verdict, one.reason = REJECTED, "The deal is open at the desk: its AE says there how it ended"
        return
    one.said = {"account_id": one.said["account_id"]} | {
        name: value for name, value in one.said.items() if one.known[name] != value
    }
    one.changes = [
        (_LABELS[name], _shown(one.known[name]), _shown(value))
        for name, value in one.said.items()
        if name in _LABELS and one.known[name] != value
    ]
    if any(one.known[name] != value for name, value in one.said.items()):
        one.verdict = CHANGED


def _close(one: Planned, before: dict[str, Any], stage: str, task: Task) -> bool:
    """Put the close date where the stage has it; False (and rejected) for a closed deal without one, or one to come."""
    day: date | None = one.row.values.get("close_on")
    if stage == OPEN:
        if day:
            one.said["expected_close_on"] = day
        one.said["closed_on"] = None
        return True
    day = day or before["closed_on"]
    if day is None or day > task.at.date():
        one.verdict = REJECTED
        one.reason = f"It is {stage} on “{day}”, which is to come" if day else f"It is {stage} but has no close date"
        return False
    one.said |= {"stage": stage, "closed_on": day}
    if stage == WON:
        one.said["loss_reason"] = ""
    return True


def _first(said: dict[str, Any], task: Task) -> dict[str, Any]:
    """All columns of a new deal. Without a created date: now, or for a closed one the day on which it closed."""
    closed = said.get("closed_on")
    created = datetime.combine(closed, time.min, UTC) if closed else task.at
    return {
        "name": "", "amount": None, "currency": task.options.currency, "stage": OPEN, "owner_id": None,
        "created_at": created, "expected_close_on": None, "closed_on": None, "loss_reason": "", "system": "",
        "external_id": "", **said,
    }  # fmt: skip


def _shown(value: Any) -> Any:
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else value


class _Known:
    """The deals that some rows may mean."""

    def __init__(self, rows: Iterable[dict[str, Any]], at_desk: set[int]) -> None:
        self.at_desk = at_desk
        self._by_id: dict[tuple[str, str], dict[str, Any]] = {}
        self._by_name: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for row in rows:
            if row["external_id"]:
                self._by_id[row["system"], row["external_id"]] = row
            self._by_name.setdefault((row["account_id"], row["name"].casefold()), []).append(row)

    def of(self, one: Planned) -> dict[str, Any] | None:
        """The deal with one of its ids; else the only one of its name at its account that no other id names."""
        ids = _ids(one.row)
        found = next((self._by_id[pair] for pair in ids if pair in self._by_id), None)
        if found is not None:
            return found
        named = self._named(one)
        return named[0] if len(named) == 1 else None

    def is_ambiguous(self, one: Planned) -> bool:
        """Several deals of its name, and no id."""
        return not _ids(one.row) and len(self._named(one)) > 1

    def _named(self, one: Planned) -> list[dict[str, Any]]:
        named = self._by_name.get((one.said["account_id"], one.said["name"].casefold()), [])
        return [row for row in named if not row["external_id"]] if _ids(one.row) else named


def _known(planned: Sequence[Planned], *, lock: bool) -> _Known:
    pairs = [pair for one in planned for pair in _ids(one.row)]
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_ID,
            [
                [system for system, _ in pairs],
                [value for _, value in pairs],
                [one.said["account_id"] for one in planned],
                [one.said["name"] for one in planned],
            ],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    deals = Opportunity.objects.filter(pk__in=bulk.among(ids)).order_by("pk")
    if lock:
        deals = deals.select_for_update(no_key=True)
    at_desk = Handoff.objects.filter(opportunity__in=bulk.among(ids), state="opportunity").values_list(
        "opportunity_id", flat=True
    )
    return _Known(deals.values("id", "system", "external_id", *_COLUMNS), {pk for pk in at_desk if pk})
