"""What journeys of the demo go by, and what they leave behind beside their moves; written in bulk at the end."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from accounts.models import Account, AccountFact, Contact, User
from handoff.demo.rows import TouchRow
from handoff.models import (
    BuyingGroup,
    BuyingGroupMember,
    BuyingGroupTemplate,
    Handoff,
    Note,
    Reason,
    SlaEvent,
)
from handoff.rules import Rules
from handoff.sla import Clocks


@dataclass
class Left:
    """Rows that the journeys left, in the order of their making."""

    notes: list[Note] = field(default_factory=list)
    groups: list[BuyingGroup] = field(default_factory=list)
    members: list[BuyingGroupMember] = field(default_factory=list)
    clocks: list[SlaEvent] = field(default_factory=list)
    touches: list[TouchRow] = field(default_factory=list)
    facts: list[AccountFact] = field(default_factory=list)
    accounts: dict[int, Account] = field(default_factory=dict)

    def write(self) -> None:
        """Everything but the touches, which go the way of the world's."""
        Note.objects.bulk_create(self.notes)
        BuyingGroup.objects.bulk_create(self.groups)
        BuyingGroupMember.objects.bulk_create(self.members)
        SlaEvent.objects.bulk_create(self.clocks)
        AccountFact.objects.bulk_create(self.facts)
        Account.objects.bulk_update(self.accounts.values(), ["lifecycle", "customer_since"])


@dataclass
class Desk:
    """The desk as journeys find it.

    `activity`: how often each contact was seen. `person_index`, `company_index`: from ids back to the world's own numbers.
    """

    rng: random.Random
    rules: Rules
    clocks: Clocks
    staff: dict[str, User]
    reasons: dict[tuple[str, str], Reason]
    templates: dict[str, BuyingGroupTemplate]
    activity: dict[int, int]
    person_index: dict[int, int]
    company_index: dict[int, int]
    now: dt.datetime
    left: Left = field(default_factory=Left)

    def user(self, pk: int | None) -> User | None:
        """One of the staff, without a query."""
        return next((user for user in self.staff.values() if user.pk == pk), None)

    def people_of(self, handoff: Handoff) -> list[Contact]:
        """The known people of the handoff's center, those first who were seen most."""
        found = Contact.objects.filter(account_id=handoff.account_id, excluded_from_scoring=False)
        if not handoff.center.is_default:
            found = found.filter(center_id=handoff.center_id)
        return sorted(found, key=lambda contact: (-self.activity.get(contact.pk, 0), contact.pk))

    def sdr(self, handoff: Handoff) -> User:
        """Who works the account: its owner, else the SDR of its region."""
        return handoff.account.owner_sdr or self.staff["priya" if handoff.account.region == "EMEA" else "marcus"]

    def ae(self, handoff: Handoff) -> User:
        """Whom it is passed to: its owner, else the AE of its region."""
        return handoff.account.owner_ae or self.staff["tom" if handoff.account.region == "EMEA" else "elena"]

    def say(
        self, handoff: Handoff, author: User, kind: str, text: str, at: dt.datetime, *, pinned: bool = False
    ) -> None:
        """A note."""
        self.left.notes.append(
            Note(
                account_id=handoff.account_id,
                handoff=handoff,
                author=author,
                kind=kind,
                text=text,
                is_pinned=pinned,
                created_at=at,
            )
        )

    def becomes(self, account: Account, lifecycle: str, at: dt.datetime, since: dt.date | None = None) -> None:
        """What a deal says of its account from a moment on, with its history."""
        values: dict[str, object] = {"lifecycle": lifecycle}
        account.lifecycle = lifecycle
        if since is not None and account.customer_since is None:
            account.customer_since = since
            values["customer_since"] = since.isoformat()
        self.left.accounts[account.pk] = account
        self.left.facts += [
            AccountFact(account=account, field=name, value=value, known_from=at, source="desk")
            for name, value in values.items()
        ]
