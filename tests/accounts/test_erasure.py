"""A person is exported, excluded from scoring, and erased everywhere; a resend does not bring them back (promise X5)."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from accounts import erasure
from accounts.companies import create_account
from accounts.models import Account, Contact, ContactFact, ErasedKey, Erasure, Import, ImportPiece, VisitorIdentity
from accounts.people import create_contact, update_contact
from accounts.roles import Role
from handoff.actions import add_note
from handoff.holdings import notes_to_check
from handoff.models import (
    BuyingGroup,
    BuyingGroupMember,
    HandoffEvent,
    Note,
    Notice,
    Opportunity,
    OutboxMessage,
    TriageItem,
)
from reports.models import MonthClose, Restatement
from signals.manual import log_touch
from signals.models import (
    CenterState,
    Decision,
    EventConflict,
    IgnoredOrigin,
    IngestCount,
    PastReading,
    SetAsideEvent,
    Touch,
    TouchLedger,
)
from signals.replay import replay
from signals.rescore import rescore_until_done
from signals.telling import evidence_of
from tests.accounts.imports_help import checked, imported
from tests.handoff import desk
from tests.signals.ingest.sending import Sender, days_ago, identify, page, track

pytestmark = pytest.mark.django_db

EMAIL = "wilhelmina@quackenbush-works.com"
# All that means her, and that no table may have afterwards.
HERS = (
    EMAIL,
    "Wilhelmina",
    "Quackenbush",
    "usr-9q8w7e",
    "anon-zz91xx",
    "anon-later7",
    "+49 30 1234567",
    "Head of Geese",
)


def her() -> Contact:
    return Contact.objects.get(erased_at__isnull=True, email=EMAIL)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def company() -> Account:
    return create_account(name="Acme", domain="acme.example", industry="Software")


IDENTIFY = identify(
    "usr-9q8w7e", EMAIL, anonymousId="anon-zz91xx", messageId="i-1", groupId="acme",
    traits={"firstName": "Wilhelmina", "lastName": "Quackenbush", "title": "Head of Geese", "phone": "+49 30 1234567"},
)  # fmt: skip


def arrive(sender: Sender, company: Account) -> None:
    """She browses, is identified, comes back, and asks for a demo; some of it is not taken as it is."""
    sender.batch(
        page("/pricing", anonymousId="anon-zz91xx", messageId="p-1", timestamp=days_ago(3)),
        page("/integrations/usr-9q8w7e", anonymousId="anon-zz91xx", messageId="p-2", timestamp=days_ago(2)),
    )
    sender.batch(IDENTIFY)
    update_contact(contact=her(), by=None, account=company, source="events")
    sender.batch(
        track("Webinar Attended", userId="usr-9q8w7e", messageId=f"w-{EMAIL}", timestamp=days_ago(1)),
        track("Demo Requested", userId="usr-9q8w7e", messageId="d-1", properties={"email": EMAIL, "who": "Wilhelmina"}),
        {"type": "alias", "userId": "usr-9q8w7e", "previousId": "anon-later7", "messageId": "a-1"},
        {"type": "track", "userId": "usr-9q8w7e", "event": "", "messageId": "bad-1", "traits": {"email": EMAIL}},
    )
    sender.batch(track("Other", userId="usr-9q8w7e", messageId="d-1", properties={"email": EMAIL}))


def work_on(company: Account) -> None:
    """What the desk writes about her."""
    person, sdr = her(), desk.user("sdr")
    row = desk.handoff("working", company=company, sdr=sdr, summary=f"Wilhelmina Quackenbush ({EMAIL}) wants it.")
    group = BuyingGroup.objects.create(center=row.center)
    BuyingGroupMember.objects.create(
        group=group, contact=person, role="champion", why="Wilhelmina Quackenbush leads",
        status="validated", decided_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    TriageItem.objects.create(touch_id=1, contact=person, occurred_at=timezone.now(), due_at=timezone.now())
    add_note(account=company, by=sdr, text="Spoke to Wilhelmina Quackenbush, +49 30 1234567: call again.", handoff=row)
    HandoffEvent.objects.create(
        handoff=row, action="claim", to_state="working", comment=f"asks {EMAIL}", data={"who": "Wilhelmina Quackenbush"}
    )
    Notice.objects.create(
        recipient=sdr, kind="x", text="Wilhelmina Quackenbush raised a hand", key="k", account=company
    )
    OutboxMessage.objects.create(
        channel="webhook",
        key="o",
        event_type="x",
        recipient=EMAIL,
        payload={"people": [{"email": EMAIL, "id": "usr-9q8w7e"}]},
    )
    Opportunity.objects.create(account=company, name="Quackenbush, Wilhelmina: roll-out")
    Restatement.objects.create(
        close=MonthClose.objects.create(month=date(2026, 1, 1), known_at=timezone.now()),
        by=sdr,
        comment=f"The list of {EMAIL}",
        known_before=timezone.now(),
        before={},
        after={},
    )
    log_touch(account=company, kind="call", by=sdr, minutes=5, contact=person, text="Wilhelmina was kind")
    LogEntry.objects.create(
        user=sdr, content_type=ContentType.objects.get_for_model(Contact), object_id=str(person.pk),
        object_repr="Wilhelmina Quackenbush", action_flag=CHANGE, change_message="Wilhelmina",
    )  # fmt: skip
    IgnoredOrigin.objects.create(kind="visitor", value="anon-zz91xx", reason="other")
    checked(f"Email,First Name,Last Name\n{EMAIL},Wilhelmina,Quackenbush\n", kind="contacts")
    imported("Email,Last Name,First Name\nnobody,Quackenbush,Wilhelmina\n", kind="contacts")


def tables_with(text: str) -> list[str]:
    """Every table with a row that has the text in any column, as text or as bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE position(lower(%s) in lower(t::text)) > 0"  # noqa: S608
                " OR position(%s in t::text) > 0",
                [text, text.encode().hex()],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return sorted(found)


def amounts() -> dict[str, int]:
    models = (
        Touch, PastReading, TouchLedger, IngestCount, SetAsideEvent, EventConflict, Note, Notice, OutboxMessage, HandoffEvent,
        TriageItem, Opportunity, Contact, Decision, Import, LogEntry,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


def test_after_an_erasure_no_column_of_any_table_names_the_person(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    work_on(company)
    rescore_until_done()
    assert {"accounts_contact", "handoff_handoff", "signals_setasideevent"} <= set(tables_with(EMAIL))
    assert "accounts_importpiece" in tables_with("Quackenbush")
    before, touches = (
        amounts(),
        list(Touch.objects.order_by("pk").values_list("pk", "occurred_at", "touch_type", "account")),
    )
    person = her()
    done = erasure.erase_contact(contact=person, by=desk.user("admin"))
    rescore_until_done()
    assert {text: tables_with(text) for text in HERS if tables_with(text)} == {}
    after = amounts()
    assert after | {"Decision": 0} == before | {"Decision": 0}
    assert list(Touch.objects.order_by("pk").values_list("pk", "occurred_at", "touch_type", "account")) == touches
    assert (person.erased_at is not None, person.full_name, person.account) == (True, "Erased person", None)
    assert not ContactFact.objects.filter(contact=person).exists()
    assert not VisitorIdentity.objects.exists()
    assert not ImportPiece.objects.exists()
    assert list(Import.objects.order_by("pk").values_list("status", flat=True)) == ["failed", "done"]
    assert Note.objects.get().text == "Spoke to [erased], [erased]: call again."
    assert done.cleared["touches"] == 5
    assert (done.cleared["roles"], done.cleared["role_spells"]) == (1, 1)


def test_the_persons_points_are_gone_and_the_stored_decision_says_why(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    other = create_contact(account=company, email="bo@acme.example", seniority="vp")
    sender.batch(track("Webinar Attended", userId="bo@acme.example", messageId="bo-1"))
    rescore_until_done()
    state = CenterState.objects.get(account=company)
    gave = {item["contact"]: item["points"] for item in evidence_of(state)["contributions"]}
    person = her()
    assert set(gave) == {person.pk, other.pk}
    stored = Decision.objects.filter(account=company).latest("pk")
    erasure.erase_contact(contact=person, by=None)
    rescore_until_done()
    state.refresh_from_db()
    assert {item["contact"]: item["points"] for item in evidence_of(state)["contributions"]} == {
        other.pk: gave[other.pk]
    }
    assert state.points_micro == round(gave[other.pk] * 1_000_000)
    (again,) = replay([Decision.objects.select_related("model").get(pk=stored.pk)])
    assert again.differences
    assert again.erased == 4


def test_a_resend_and_new_events_of_the_person_bring_nothing_back(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    erasure.erase_contact(contact=her(), by=None)
    before = {name: count for name, count in amounts().items() if name not in {"TouchLedger", "IngestCount"}}
    arrive_again: list[dict[str, Any]] = [
        IDENTIFY,
        track("Demo Requested", userId="usr-9q8w7e", messageId="d-1", properties={"email": EMAIL, "who": "Wilhelmina"}),
        identify("usr-9q8w7e", EMAIL.upper(), messageId="i-2", traits={"lastName": "Quackenbush"}),
        identify("another-id", EMAIL, messageId="i-3"),
        page("/pricing", anonymousId="anon-zz91xx", messageId="p-9"),
        track("Demo Requested", anonymousId="new-browser", messageId="d-9", properties={"email": EMAIL}),
    ]
    sender.batch(*arrive_again)
    assert {text: tables_with(text) for text in HERS if tables_with(text)} == {}
    assert {name: count for name, count in amounts().items() if name in before} == before
    last = IngestCount.objects.latest("pk")
    assert (last.received, last.accepted, last.duplicate, last.set_aside) == (6, 4, 2, 0)
    assert Erasure.objects.get().turned_away == 4
    # A body that differs, and one that can't be taken, are kept to be looked at: emptied.
    sender.batch(
        track("Demo Requested", userId="usr-9q8w7e", messageId="d-1", properties={"email": EMAIL, "who": "else"}),
        {"type": "track", "userId": "usr-9q8w7e", "event": "", "messageId": "bad-2", "traits": {"email": EMAIL}},
    )
    assert {text: tables_with(text) for text in HERS if tables_with(text)} == {}
    assert SetAsideEvent.objects.filter(replayed_at__isnull=True).count() == 0


def test_a_group_message_of_an_erased_person_still_speaks_of_the_company(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    erasure.erase_contact(contact=her(), by=None)
    sender.batch(
        {"type": "group", "userId": "usr-9q8w7e", "groupId": "g7", "messageId": "g-1",
         "traits": {"name": "Beta", "website": "beta.example"}}
    )  # fmt: skip
    assert Account.objects.filter(name="Beta").exists()
    assert tables_with("usr-9q8w7e") == []


def test_pages_and_files_refuse_the_erased_until_they_are_let_in_again(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    erasure.erase_contact(contact=her(), by=None)
    with pytest.raises(ValidationError, match="was erased here"):
        create_contact(account=company, email=EMAIL.title())
    other = create_contact(account=company, email="bo@acme.example")
    with pytest.raises(ValidationError, match="was erased here"):
        update_contact(contact=other, by=None, email=EMAIL)
    owner = imported(f"Email,Last Name\n{EMAIL},Quackenbush\nzoe@acme.example,Zed\n", kind="contacts")
    assert (owner.made["new"], owner.made["rejected"]) == (1, 1)
    assert list(Contact.objects.exclude(email="").order_by("email").values_list("email", flat=True)) == [
        "bo@acme.example",
        "zoe@acme.example",
    ]
    call_command("allow_again", EMAIL)
    assert create_contact(account=company, email=EMAIL).email == EMAIL
    with pytest.raises(CommandError):
        call_command("allow_again", EMAIL)


def test_an_erased_person_can_neither_change_nor_be_erased_again(company: Account) -> None:
    person = create_contact(account=company, email=EMAIL)
    erasure.erase_contact(contact=person, by=None)
    with pytest.raises(ValidationError, match="was erased"):
        update_contact(contact=person, by=None, first_name="Wilhelmina")
    with pytest.raises(ValidationError, match="erased already"):
        erasure.erase_contact(contact=person, by=None)
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize("role", sorted({role.value for role in Role} - {"admin"}))
def test_only_an_admin_erases(company: Account, role: str) -> None:
    person = create_contact(account=company, email=EMAIL, first_name="Wilhelmina")
    with pytest.raises(PermissionDenied):
        erasure.erase_contact(contact=person, by=desk.user(role))
    person.refresh_from_db()
    assert (person.email, person.first_name, person.erased_at) == (EMAIL, "Wilhelmina", None)
    assert (Erasure.objects.count(), ErasedKey.objects.count()) == (0, 0)


def test_the_export_has_all_that_is_held(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    work_on(company)
    found = json.loads(json.dumps(erasure.export_contact(her()), cls=DjangoJSONEncoder))
    assert found["contact"][0]["email"] == EMAIL
    assert found["contact"][0]["account"] == "Acme"
    assert {row["anonymous_id"] for row in found["visitors"]} == {"anon-zz91xx", "anon-later7"}
    assert [row["touch_type__name"] for row in found["touches"]].count("Webinar attended") == 1
    assert len(found["touches"]) == 5
    assert (found["roles"][0]["role"], found["role_spells"][0]["role"]) == ("champion", "champion")
    assert found["notes"][0]["text"].startswith("Spoke to Wilhelmina")
    assert len(found["set_aside"]) == 1
    assert len(found["conflicts"]) == 1
    assert {row["field"] for row in found["history"]} >= {"account", "seniority"}


def test_texts_that_only_have_the_first_name_are_left_for_a_person_to_read(company: Account) -> None:
    person = create_contact(account=company, email=EMAIL, first_name="Wilhelmina", last_name="Quackenbush")
    note = add_note(account=company, by=desk.user("sdr"), text="Wilhelmina is on leave.")
    add_note(account=company, by=desk.user("sdr"), text="Somebody else is not.")
    assert notes_to_check(erasure.person_of(person)) == [note]
    erasure.erase_contact(contact=person, by=None)
    note.refresh_from_db()
    assert note.text == "Wilhelmina is on leave."


def test_who_shares_a_word_with_the_erased_keeps_it(company: Account) -> None:
    person = create_contact(account=company, email="ann@acme.example", first_name="Ann", last_name="Lee", user_id="u1")
    create_contact(account=company, email="joann@acme.example", first_name="Ann", last_name="Leeds", user_id="u11")
    note = add_note(account=company, by=desk.user("sdr"), text="Ann Leeds, joann@acme.example, u11; and Ann Lee, u1.")
    erasure.erase_contact(contact=person, by=None)
    note.refresh_from_db()
    assert note.text == "Ann Leeds, joann@acme.example, u11; and [erased], u1."
    assert Contact.objects.filter(email="joann@acme.example", user_id="u11", last_name="Leeds").exists()


def test_a_person_is_excluded_from_scoring_and_taken_back(sender: Sender, company: Account) -> None:
    arrive(sender, company)
    rescore_until_done()
    state, by = CenterState.objects.get(account=company), desk.user("sdr")
    points = state.points_micro
    assert points
    erasure.exclude_from_scoring(contact=her(), excluded=True, by=by)
    rescore_until_done()
    state.refresh_from_db()
    assert state.points_micro == 0
    fact = ContactFact.objects.filter(contact=her(), field="excluded_from_scoring").latest("pk")
    assert (fact.value, fact.by) == (True, by)
    erasure.exclude_from_scoring(contact=her(), excluded=False, by=by)
    rescore_until_done()
    state.refresh_from_db()
    assert state.points_micro == points
