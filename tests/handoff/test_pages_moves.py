"""Every move as a form without JavaScript: what it asks for, where it leads, how it is refused."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from handoff.models import Handoff, Note, Opportunity, Reason
from signals.models import Touch
from tests.handoff import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def sdr(client: Client) -> User:
    user = desk.user("sdr", "Priya Nair")
    client.force_login(user)
    return user


@pytest.fixture
def ae() -> User:
    return desk.user("ae", "Tom Okafor")


def reason(kind: str, key: str) -> int:
    return Reason.objects.get(kind=kind, key=key).pk


def post(client: Client, row: Handoff, action: str, **data: object):
    response = client.post(reverse(f"desk:{action}", args=[row.pk]), data)
    row.refresh_from_db()
    return response


def test_a_pass_needs_an_ae_and_a_summary(client: Client, sdr: User, ae: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden", owner_ae=ae), sdr=sdr)
    desk.ready_to_pass(row)
    form = client.get(reverse("desk:pass", args=[row.pk]))
    assert form.context["form"]["ae"].initial == ae.pk
    assert form.context["needs"] == []
    refused = post(client, row, "pass", ae="", summary=" ")
    assert (refused.status_code, sorted(refused.context["form"].errors)) == (422, ["ae", "summary"])
    assert row.state == "working"
    response = post(client, row, "pass", ae=ae.pk, summary="They compare vendors.", next_step="Call on Tuesday")
    assert (response.status_code, response["Location"]) == (302, f"/accounts/{row.account_id}/")
    assert (row.state, row.ae, row.summary, row.next_step) == ("passed", ae, "They compare vendors.", "Call on Tuesday")


def test_a_pass_without_a_buying_group_is_refused_with_what_is_missing(client: Client, sdr: User, ae: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    before = desk.everything(row)
    response = post(client, row, "pass", ae=ae.pk, summary="They compare vendors.")
    assert response.status_code == 422
    assert b"at least one validated stakeholder" in response.content
    assert desk.everything(row) == before


def test_an_ae_who_is_away_is_refused(client: Client, sdr: User, ae: User) -> None:
    ae.away_until = timezone.localdate() + dt.timedelta(days=3)
    ae.save()
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    desk.ready_to_pass(row)
    assert b"Tom Okafor (away until" in client.get(reverse("desk:pass", args=[row.pk])).content
    response = post(client, row, "pass", ae=ae.pk, summary="They compare vendors.")
    assert response.status_code == 422
    assert row.state == "working"


def test_an_ae_accepts_and_reads_the_brief(client: Client, ae: User) -> None:
    row = desk.handoff("passed", company=desk.account("Halden"), ae=ae)
    client.force_login(ae)
    response = post(client, row, "accept")
    assert (row.state, response["Location"]) == ("accepted", f"/handoffs/{row.pk}/brief/")


def test_another_ae_is_told_who_has_it(client: Client, ae: User) -> None:
    row = desk.handoff("passed", company=desk.account("Halden"), ae=ae)
    before = desk.everything(row)
    client.force_login(desk.user("ae"))
    for action in ("accept", "return", "opportunity"):
        response = post(client, row, action, reason="", comment="")
        assert response.status_code == 409
        assert b"Tom Okafor has" in response.content
    assert client.get(reverse("desk:return", args=[row.pk])).status_code == 409
    assert desk.everything(row) == before


def test_a_return_has_a_reason_and_a_comment(client: Client, ae: User, sdr: User) -> None:
    row = desk.handoff("passed", company=desk.account("Halden"), ae=ae, sdr=sdr)
    client.force_login(ae)
    assert sorted(post(client, row, "return").context["form"].errors) == ["comment", "reason"]
    response = post(client, row, "return", reason=reason("return", "clerical"), comment="The number is wrong.")
    assert (row.state, response["Location"]) == ("working", "/inbox/")
    client.force_login(sdr)
    body = client.get("/passed/").content.decode()
    assert "returned" in body
    assert "The number is wrong." in body


def test_an_opportunity_in_four_facts_or_an_existing_one(client: Client, ae: User) -> None:
    row = desk.handoff("accepted", company=desk.account("Halden"), ae=ae)
    client.force_login(ae)
    refused = post(client, row, "opportunity", name="Roll-out")
    assert sorted(refused.context["form"].errors) == ["amount", "currency", "expected_close_on"]
    post(client, row, "opportunity", name="Roll-out", amount="48000", currency="EUR", expected_close_on="2027-01-31")
    deal = row.opportunity
    assert (deal.name, deal.amount, deal.currency, deal.expected_close_on) == (
        "Roll-out", Decimal(48000), "EUR", dt.date(2027, 1, 31),
    )  # fmt: skip
    other = desk.handoff("accepted", company=desk.account("Birch"), ae=ae)
    existing = Opportunity.objects.create(account=other.account, name="Renewal", amount=5)
    post(client, other, "opportunity", opportunity=existing.pk)
    assert other.opportunity == existing


def test_a_deal_is_won_or_lost(client: Client, ae: User) -> None:
    won, lost = (desk.handoff("opportunity", company=desk.account(), ae=ae) for _ in range(2))
    client.force_login(ae)
    post(client, won, "win", amount="1200.50", closed_on=timezone.localdate().isoformat())
    assert (won.state, won.opportunity.amount, won.opportunity.stage) == ("won", Decimal("1200.50"), "won")
    post(client, lost, "lose", reason=reason("loss", "price"), closed_on=timezone.localdate().isoformat())
    assert (lost.state, lost.opportunity.loss_reason) == ("lost", "Price")


def test_a_day_to_come_back_lies_ahead(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    today = timezone.localdate()
    refused = post(client, row, "recycle", reason=reason("recycle", "timing"), comeback_on=today.isoformat())
    assert list(refused.context["form"].errors) == ["comeback_on"]
    ahead = today + dt.timedelta(days=30)
    post(client, row, "recycle", reason=reason("recycle", "timing"), comeback_on=ahead.isoformat())
    assert (row.state, row.comeback_on) == ("recycled", ahead)


def test_no_fit_names_its_criterion(client: Client, sdr: User) -> None:
    row = desk.handoff("queued", company=desk.account("Halden"))
    refused = post(client, row, "disqualify", reason=reason("disqualify", "no_fit"))
    assert list(refused.context["form"].errors) == ["criterion"]
    post(client, row, "disqualify", reason=reason("disqualify", "no_fit"), criterion="Too small")
    assert (row.state, row.criterion) == ("disqualified", "Too small")


def test_a_reason_of_another_kind_is_refused(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    response = post(client, row, "recycle", reason=reason("loss", "price"), comeback_on="2030-01-01")
    assert (response.status_code, row.state) == (422, "working")


def test_release_puts_it_back(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    assert b"It goes back to the team" in client.get(reverse("desk:release", args=[row.pk])).content
    post(client, row, "release")
    assert (row.state, row.claimed_by) == ("queued", None)


def test_a_manager_assigns_and_reassigns(client: Client, ae: User) -> None:
    sam = desk.user("sdr", "Sam Berg")
    client.force_login(desk.user("manager"))
    row = desk.handoff(company=desk.account("Halden"))
    post(client, row, "assign", to=sam.pk)
    assert (row.state, row.claimed_by) == ("working", sam)
    passed = desk.handoff("passed", company=desk.account("Birch"))
    offered = client.get(reverse("desk:assign", args=[passed.pk])).context["form"].fields["to"].queryset
    assert list(offered) == sorted([ae, passed.ae], key=lambda one: one.name)
    post(client, passed, "assign", to=ae.pk)
    assert passed.ae == ae


def test_outreach_is_a_touch_a_note_and_stops_its_clock(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    person = desk.contact(row.account, last_name="Whitlock")
    desk.contact(row.account, last_name="Silent", do_not_contact=True)
    form = client.get(reverse("desk:outreach", args=[row.pk])).context["form"]
    assert list(form.fields["contact"].queryset) == [person]
    response = post(client, row, "outreach", kind="call", minutes="7", contact=person.pk, text="Spoke to her.")
    assert response.status_code == 302, response.context["form"].errors
    assert response["Location"] == f"/accounts/{row.account_id}/"
    touch = Touch.objects.get()
    assert (touch.touch_type.key, touch.contact, touch.minutes) == ("call", person, Decimal(7))
    assert Note.objects.get().text == "Spoke to her."
    assert row.outreach_at is not None


def test_outreach_on_anothers_account_is_refused(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=desk.user("sdr", "Sam Berg"))
    response = post(client, row, "outreach", kind="call")
    assert response.status_code == 409
    assert b"Sam Berg has it" in response.content
    assert Touch.objects.count() == 0


def test_an_undo_that_is_too_late_is_refused(client: Client, sdr: User) -> None:
    row = desk.handoff(company=desk.account("Halden"))
    post(client, row, "claim")
    row.events.model.objects.filter(handoff=row).update(data={})
    response = client.post(reverse("desk:undo", args=[desk.handoff(company=desk.account("Birch")).pk]))
    assert response.status_code == 409


def test_a_move_leads_back_only_to_pages_of_ours(client: Client, sdr: User) -> None:
    first, second = (desk.handoff(company=desk.account()) for _ in range(2))
    assert post(client, first, "claim", next="/queue/?scope=mine")["Location"] == "/queue/?scope=mine"
    assert (
        post(client, second, "claim", next="https://elsewhere.example/")["Location"]
        == f"/accounts/{second.account_id}/"
    )


def test_moves_need_the_csrf_token(sdr: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sdr)
    row = desk.handoff(company=desk.account("Halden"))
    before = desk.everything(row)
    for action in ("claim", "undo"):
        assert strict.post(reverse(f"desk:{action}", args=[row.pk])).status_code == 403
    assert strict.post(reverse("desk:next")).status_code == 403
    assert desk.everything(row) == before


def test_reading_never_moves(client: Client, sdr: User) -> None:
    row = desk.handoff(company=desk.account("Halden"))
    before = desk.everything(row)
    assert client.get(reverse("desk:claim", args=[row.pk])).status_code == 200
    assert client.get(reverse("desk:undo", args=[row.pk])).status_code == 405
    assert client.get(reverse("desk:next")).status_code == 405
    assert desk.everything(row) == before


def test_a_handoff_that_is_not_there_is_404(client: Client, sdr: User) -> None:
    assert client.post("/handoffs/987654/claim/").status_code == 404
    assert client.get("/handoffs/987654/brief/").status_code == 404
