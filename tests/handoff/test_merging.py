"""Merging accounts: what moves, what the past says afterwards, open handoffs, taking it back (domain.md §2, §8)."""

from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from accounts.companies import add_identifier, create_center
from accounts.merging import merge_accounts, preview, sweep, undo_merge
from accounts.models import (
    Account,
    AccountFact,
    AccountMerge,
    AccountTechnology,
    BuyingCenter,
    Contact,
    ContactFact,
    Domain,
    Technology,
)
from accounts.people import create_contact, move_to_center, update_contact
from accounts.technologies import set_technology
from handoff.actions import add_note
from handoff.models import BuyingGroup, BuyingGroupMember, Handoff, HandoffEvent, Note, Opportunity
from reports import cohorts
from reports.period import Period
from signals.facts import load_facts
from signals.models import CenterState, Decision, IntentSignal, MqlSpell, PastReading, Touch
from signals.publishing import active_model, config_of
from signals.replay import replay
from signals.rescore import rescore_until_done
from signals.scoring import evaluate
from tests.handoff import desk
from tests.signals import given
from tests.signals.ingest.sending import Sender, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone() -> Account:
    """The worked example: an MQA with three people and a signal."""
    return given.worked_example(name="Northwind Ltd", domain="northwind.example", industry="Logistics")


@pytest.fixture
def kept() -> Account:
    return given.account("Northwind", domain="northwind.test", country="DE")


def whereabouts() -> dict[str, Any]:
    """Everything a merge may move, and where it is."""
    return {
        "accounts": list(
            Account.everything.order_by("pk").values_list("pk", "merged_into", "industry", "country", "is_target")
        ),
        "people": list(Contact.objects.order_by("pk").values_list("pk", "account", "center")),
        "domains": list(Domain.objects.order_by("pk").values_list("name", "account", "is_primary")),
        "touches": list(Touch.objects.order_by("pk").values_list("pk", "account", "contact")),
        "intent": list(IntentSignal.objects.order_by("pk").values_list("pk", "account")),
        "notes": list(Note.objects.order_by("pk").values_list("pk", "account")),
        "opportunities": list(Opportunity.objects.order_by("pk").values_list("pk", "account")),
        "handoffs": list(Handoff.objects.order_by("pk").values_list("pk", "account", "center", "state")),
        "members": list(BuyingGroupMember.objects.order_by("pk").values_list("pk", "group__center__account")),
    }


def counted(*rows: Handoff) -> list[int]:
    """Which of these handoffs reports count as MQAs."""
    days = [row.qualified_at.date() for row in rows if row.qualified_at]
    return sorted(mqa.handoff_id for mqa in cohorts.qualified(Period(min(days), max(days))))


def scores() -> dict[int, tuple[float | None, bool]]:
    rescore_until_done(now=given.NOW)
    found = CenterState.objects.filter(center__is_default=True)
    return {row.account_id: (row.score, row.qualified) for row in found}


def test_all_that_hangs_on_it_moves_and_scores_there(gone: Account, kept: Account) -> None:
    add_identifier(account=gone, system="salesforce", value="001A", by=None)
    uses = Technology.objects.create(name="SAP")
    AccountTechnology.objects.create(account=gone, technology=uses, status="uses")
    child = given.account("Northwind Shipping", parent=gone)
    add_note(account=gone, by=desk.user("sdr"), text="They move in May.")
    Opportunity.objects.create(account=gone, name="Roll-out")
    before = scores()
    merge = merge_accounts(gone=gone, kept=kept, by=desk.user("manager"))
    assert {key: len(moved) for key, moved in merge.moved.items() if moved} == {
        "fields": 3,
        "people": 3,
        "domains": 1,
        "ids": 1,
        "technologies": 1,
        "children": 1,
        "touches": 1,
        "intent": 1,
        "mqls": 1,
        "notes": 1,
        "opportunities": 1,
    }
    assert (merge.moved["touches"], merge.moved["intent"]) == ([5], [1])
    kept.refresh_from_db()
    child.refresh_from_db()
    assert (kept.industry, kept.country, kept.is_target, child.parent_id) == ("Logistics", "DE", True, kept.pk)
    assert set(Domain.objects.values_list("name", "account", "is_primary")) == {
        ("northwind.test", kept.pk, True),
        ("northwind.example", kept.pk, False),
    }
    assert set(Touch.objects.values_list("account", flat=True)) == {kept.pk}
    assert PastReading.objects.filter(account=gone, known_until=Touch.objects.first().known_from).count() == 5
    assert not Account.objects.filter(pk=gone.pk).exists()
    after = scores()
    assert (before[gone.pk], after[kept.pk], gone.pk in after) == ((91.6316916, True), (91.6316916, True), False)


def test_what_comes_from_its_domains_and_ids_later_is_the_kept_one_s(gone: Account, kept: Account) -> None:
    add_identifier(account=gone, system="segment", value="nw", by=None)
    merge_accounts(gone=gone, kept=kept, by=None)
    sender = Sender()
    sender.batch(
        track("Demo Requested", userId="u-1", context={"traits": {"email": "new@northwind.example"}}, messageId="m-1")
    )
    sender.batch(track("Demo Requested", userId="u-2", context={"groupId": "nw"}, messageId="m-2"))
    assert list(Touch.objects.filter(message_id__in=["m-1", "m-2"]).values_list("account", flat=True)) == [kept.pk] * 2


def test_a_past_moment_is_recomputed_as_it_was_known_then(gone: Account, kept: Account) -> None:
    scores()
    moment = Decision.objects.get(account=gone).as_of
    merge_accounts(gone=gone, kept=kept, by=None)
    scores()
    assert [(one.differences, one.erased) for one in replay(Decision.objects.filter(account=gone))] == [({}, 0)]
    config = config_of(active_model())

    def then(account: Account) -> tuple[float, float, bool]:
        facts = load_facts(center_ids=[given.whole(account).pk], as_of=moment, config=config, past=True)
        row = evaluate(facts, config, moment).centers.row(0, named=True)
        return row["score"], row["intent"], row["qualified"]

    # Touches are known since days before; the merge is of the real today, later than the decision's moment.
    assert then(gone) == (91.6316916, 80.0, True)
    assert then(kept)[1:] == (0.0, False)
    assert {row.account_id for row in Decision.objects.filter(qualified=True)} == {gone.pk, kept.pk}


def test_taken_back_it_is_as_before(gone: Account, kept: Account) -> None:
    center = create_center(account=gone, name="EMEA IT", by=None)
    move_to_center(contacts=[gone.contacts.first()], center=center, by=None)
    person = gone.contacts.last()
    group = BuyingGroup.objects.create(center=given.whole(gone))
    BuyingGroupMember.objects.create(group=group, contact=person, role="champion", status="validated")
    desk.handoff("working", company=gone)
    desk.handoff("queued", company=kept)
    Note.objects.create(account=kept, author=desk.user("sdr"), text="Kept's own.")
    before, was = whereabouts(), scores()
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    assert Contact.objects.get(pk=gone.contacts.model.objects.order_by("pk").first().pk).center.name == "EMEA IT"
    assert BuyingGroupMember.objects.get().group.center == given.whole(kept)
    assert Handoff.objects.get(account=kept, state="working").center == given.whole(kept)
    scores()
    manager = desk.user("manager")
    undo_merge(merge=merge, by=manager)
    assert whereabouts() == before
    found = scores()
    assert (found[gone.pk], found[kept.pk]) == (was[gone.pk], was[kept.pk])
    merge.refresh_from_db()
    assert merge.undone_by == manager
    assert list(BuyingCenter.objects.filter(account=kept).values_list("name", flat=True)) == [""]
    retired = BuyingCenter.everything.get(account=kept, name="EMEA IT")
    assert Decision.objects.filter(center=retired).exists()
    facts = load_facts(center_ids=None, as_of=timezone.now(), config=config_of(active_model()))
    assert sorted(facts.centers["center_id"]) == sorted(BuyingCenter.objects.values_list("pk", flat=True))
    assert create_center(account=kept, name="EMEA IT", by=None) == retired
    assert BuyingCenter.objects.filter(account=kept).count() == 2
    facts = ContactFact.objects.filter(contact=person, field="account").order_by("pk")
    assert list(facts.values_list("value", flat=True)) == [gone.pk, kept.pk, gone.pk]
    assert list(
        AccountFact.objects.filter(account=kept, field="industry").order_by("pk").values_list("value", flat=True)
    ) == [
        "Logistics",
        None,
    ]
    with pytest.raises(ValidationError, match="taken back already"):
        undo_merge(merge=merge, by=manager)


def test_taken_back_what_its_people_did_since_returns_and_the_rest_stays(gone: Account, kept: Account) -> None:
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    person = Contact.objects.filter(account=kept).first()
    theirs = given.touch(kept, person, "pricing_page", given.ago(0))
    from_domain = given.touch(kept, None, "pricing_page", given.ago(0), domain="northwind.example")
    other = given.touch(kept, None, "pricing_page", given.ago(0), domain="northwind.test")
    note = Note.objects.create(account=kept, author=desk.user("sdr"), text="Written since.")
    undo_merge(merge=merge, by=None)
    owners = dict(Touch.objects.values_list("pk", "account"))
    assert (owners[theirs.pk], owners[from_domain.pk], owners[other.pk]) == (gone.pk, gone.pk, kept.pk)
    note.refresh_from_db()
    assert note.account == kept


def test_taken_back_who_has_come_since_from_its_domain_returns_with_it(gone: Account, kept: Account) -> None:
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    theirs = create_contact(account=kept, email="new@northwind.example")
    ours = create_contact(account=kept, email="new@northwind.test")
    touches = [given.touch(kept, person, "pricing_page", given.ago(0)) for person in (theirs, ours)]
    undo_merge(merge=merge, by=None)
    for row, owner in zip((theirs, ours, *touches), (gone, kept, gone, kept), strict=True):
        row.refresh_from_db()
        assert row.account == owner


def test_taken_back_what_somebody_did_at_the_kept_account_before_stays(gone: Account, kept: Account) -> None:
    person = given.contact(kept)
    old = given.touch(kept, person, "pricing_page", given.ago(3))
    spell = MqlSpell.objects.create(contact=person, account=kept, since=given.ago(3).date())
    update_contact(contact=person, by=None, account=gone)
    new = given.touch(gone, person, "pricing_page", given.ago(0))
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    later = MqlSpell.objects.create(contact=person, account=kept, since=merge.at.date(), until=merge.at.date())
    undo_merge(merge=merge, by=None)
    for row, owner in ((person, gone), (old, kept), (spell, kept), (new, gone), (later, gone)):
        row.refresh_from_db()
        assert row.account == owner


def test_a_technology_taken_from_the_kept_account_since_does_not_come_back(gone: Account, kept: Account) -> None:
    set_technology(account=gone, technology="SAP", status="uses", by=None)
    merge_accounts(gone=gone, kept=kept, by=None)
    present = AccountTechnology.objects.filter(account=kept, known_until__isnull=True)
    assert present.count() == 1
    set_technology(account=kept, technology="SAP", status="uses", by=None, known=False)
    assert (sweep(), present.count()) == (0, 0)
    # What somebody had said of the other at the very moment of the merge comes along all the same.
    set_technology(account=gone, technology="Oracle", status="uses", by=None)
    assert (sweep(), present.get().technology.name) == (1, "Oracle")


@pytest.mark.parametrize(
    ("of_gone", "of_kept", "stays"),
    [("queued", "queued", "kept"), ("working", "queued", "gone"), ("queued", "passed", "kept")],
)
def test_of_two_open_handoffs_the_claimed_one_stays_else_the_kept_account_s(
    gone: Account, kept: Account, of_gone: str, of_kept: str, stays: str
) -> None:
    rows = {"gone": desk.handoff(of_gone, company=gone), "kept": desk.handoff(of_kept, company=kept)}
    rows["gone"].hand_raise_at, rows["gone"].hand_raise_touch_id = given.ago(0), 77
    rows["gone"].save()
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    for row in rows.values():
        row.refresh_from_db()
    goes_on, ended = (rows[stays], rows["kept" if stays == "gone" else "gone"])
    assert (goes_on.account, goes_on.center, goes_on.state) == (
        kept,
        given.whole(kept),
        of_gone if stays == "gone" else of_kept,
    )
    assert (ended.state, goes_on.hand_raise_touch_id) == ("withdrawn", 77)
    event = ended.events.get(action="merge")
    assert (event.from_state, event.to_state, event.data["handoff"]) == ("queued", "withdrawn", goes_on.pk)
    assert sweep() == 0
    assert counted(*rows.values()) == [goes_on.pk]
    undo_merge(merge=merge, by=None)
    assert counted(*rows.values()) == sorted(row.pk for row in rows.values())
    for row, account, state in ((rows["gone"], gone, of_gone), (rows["kept"], kept, of_kept)):
        row.refresh_from_db()
        assert (row.account, row.center, row.state) == (account, given.whole(account), state)


def test_two_that_are_worked_on_are_not_merged(gone: Account, kept: Account) -> None:
    mine, theirs = desk.user("sdr", "Ana"), desk.user("sdr", "Ben")
    desk.handoff("working", company=gone, sdr=mine)
    desk.handoff("working", company=kept, sdr=theirs)
    before = whereabouts()
    assert "Ana has Northwind Ltd, Ben has Northwind." in preview(gone=gone, kept=kept).refusals[0]
    with pytest.raises(ValidationError, match="Ana has Northwind Ltd"):
        merge_accounts(gone=gone, kept=kept, by=None)
    assert (whereabouts(), AccountMerge.objects.count(), HandoffEvent.objects.count()) == (before, 0, 0)


def test_what_was_matched_to_it_meanwhile_is_moved_along(gone: Account, kept: Account) -> None:
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    late = given.touch(gone, None, "pricing_page", given.ago(0))
    person = Contact.objects.create(account=gone, email="late@northwind.example")
    assert (sweep(), sweep()) == (1, 0)
    late.refresh_from_db()
    person.refresh_from_db()
    assert (late.account, person.account) == (kept, kept)
    undo_merge(merge=merge, by=None)
    late.refresh_from_db()
    person.refresh_from_db()
    assert (late.account, person.account) == (gone, gone)


def test_merges_follow_each_other_and_are_taken_back_in_turn(gone: Account, kept: Account) -> None:
    last = given.account("Northwind Group")
    before = whereabouts()
    first = merge_accounts(gone=gone, kept=kept, by=None)
    second = merge_accounts(gone=kept, kept=last, by=None)
    assert set(Touch.objects.values_list("account", flat=True)) == {last.pk}
    with pytest.raises(ValidationError, match="take that back first"):
        undo_merge(merge=first, by=None)
    with pytest.raises(ValidationError, match="in the meantime"):
        merge_accounts(gone=gone, kept=last, by=None)
    undo_merge(merge=second, by=None)
    undo_merge(merge=first, by=None)
    assert whereabouts() == before


def test_who_may_not_changes_nothing(gone: Account, kept: Account) -> None:
    before = whereabouts()
    with pytest.raises(PermissionDenied):
        merge_accounts(gone=gone, kept=kept, by=desk.user("sdr"))
    with pytest.raises(ValidationError, match="into itself"):
        merge_accounts(gone=gone, kept=gone, by=None)
    assert whereabouts() == before


def test_the_pages_lead_from_the_account_to_the_merge_and_back(client: Client, gone: Account, kept: Account) -> None:
    client.force_login(desk.user("manager"))
    assert f"/accounts/{gone.pk}/merge/" in client.get(f"/accounts/{gone.pk}/").content.decode()
    choose = f"/accounts/{gone.pk}/merge/"
    assert client.get(choose, {"q": "\0"}).status_code == 200
    assert f'value="{kept.pk}"' in client.get(choose).content.decode()
    text = client.get(choose, {"into": kept.pk}).content.decode()
    for words in ("Merge Northwind Ltd into Northwind", "People <span", "(3)", "Touches <span", "(5)", "Domains <span"):
        assert words in text
    answer = client.post(choose, {"into": kept.pk})
    assert (answer.status_code, AccountMerge.objects.count()) == (422, 0)
    answer = client.post(choose, {"into": kept.pk, "confirm": "1"})
    merge = AccountMerge.objects.get()
    assert answer["Location"] == f"/merges/{merge.pk}/"
    assert client.get(f"/accounts/{gone.pk}/")["Location"] == f"/merges/{merge.pk}/"
    assert f"/merges/{merge.pk}/" in client.get(f"/accounts/{kept.pk}/").content.decode()
    assert "Take it back" in client.get(f"/merges/{merge.pk}/").content.decode()
    listed = client.get("/accounts/").content.decode()
    assert f'href="/accounts/{gone.pk}/"' not in listed
    client.post(f"/merges/{merge.pk}/")
    merge.refresh_from_db()
    assert merge.undone_at is not None
    assert client.get(f"/accounts/{gone.pk}/").status_code == 200


# What a merge moves, by the table's part; and what stays with the shell, since it is of the past or of the shell itself.
MOVES = {
    "accounts.Account.parent", "accounts.AccountIdentifier.account", "accounts.AccountTechnology.account",
    "accounts.Contact.account", "accounts.Domain.account", "handoff.Handoff.account", "handoff.Note.account",
    "handoff.Notice.account", "handoff.Opportunity.account", "handoff.RevenueEvent.account",
    "handoff.TriageItem.account", "signals.CenterState.account", "signals.IntentSignal.account",
    "signals.MqlSpell.account", "signals.Touch.account",
}  # fmt: skip
STAYS = {
    "accounts.Account.merged_into", "accounts.AccountFact.account", "accounts.AccountMerge.gone",
    "accounts.AccountMerge.kept", "accounts.BuyingCenter.account", "signals.Decision.account", "signals.PastMatch.account",
    "signals.PastReading.account",
}  # fmt: skip


def test_every_table_that_names_an_account_moves_with_it_or_stays_on_purpose() -> None:
    found = {
        f"{field.model._meta.label}.{field.name}"
        for model in apps.get_models()
        if not issubclass(model, pghistory.models.Event)
        for field in model._meta.concrete_fields
        if field.related_model is Account
    }
    assert found == MOVES | STAYS
