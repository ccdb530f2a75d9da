"""The page of an account: the verdict in words, people, group, notes, touches, and what one may press."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.companies import create_account, create_center
from accounts.models import Account, Contact, User
from handoff.models import BuyingGroupMember, Handoff, Note
from signals.models import Touch
from tests.handoff import desk, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def sdr(client: Client) -> User:
    user = desk.user("sdr", "Priya Nair")
    client.force_login(user)
    return user


def url(account: Account) -> str:
    return reverse("desk:account", args=[account.pk])


def test_the_worked_example_says_why_it_qualified(client: Client, sdr: User) -> None:
    row = worked.queued()
    response = client.get(url(row.account))
    page = response.context["page"]
    assert [(rung.name, rung.state, str(rung.text), rung.measured) for rung in page.rungs] == [
        ("Relevance", "pass", "In the ICP: fit 100. Logistics, 1,200 people", "100 / 50"),
        ("Cluster", "pass", page.rungs[1].text, "4 / 3"),
        ("Spread", "pass", "3 people: Logistics Manager, Director of IT, VP Operations; 3 departments; 1 executive", "3 / 2"),
        ("Direction", "pass", "100 % of points on integrations; intent on the same theme surges at 80", "1 / 0.4"),
        ("Threshold", "pass", page.rungs[4].text, "91 / 70"),
    ]  # fmt: skip
    assert "4 person-days within 6 days" in page.rungs[1].text
    assert page.rungs[4].text.startswith("Score 91; ")
    body = response.content.decode()
    assert "100 % of points on <b>integrations</b>; intent" in body
    assert "Why it qualified" in body
    assert ">91</span>" in body
    assert "46.36 points" in body
    assert [one.contact.full_name for one in page.to_call] == ["Dana Whitlock", "Marek Ilić", "Sofie Brandt"]
    assert [topic.name for topic in page.topics] == ["iPaaS"]
    assert page.interests == [("integrations", 1.0)]


def test_what_is_missing_stands_at_its_gate(client: Client, sdr: User) -> None:
    account = worked.company()
    Touch.objects.filter(touch_type__key__in=["case_study", "webinar_attended"]).delete()
    worked.settle()
    response = client.get(url(account))
    rungs = {rung.name: rung for rung in response.context["page"].rungs}
    assert [rung.state for rung in rungs.values()] == ["pass", "block", "unreached", "unreached", "unreached"]
    assert rungs["Cluster"].missing.startswith("One more person-day")
    assert b"What is missing" in response.content


def test_an_account_without_any_data_is_explained(client: Client, sdr: User) -> None:
    account = create_account(name="Empty & Sons")
    body = client.get(url(account)).content.decode()
    assert "Empty &amp; Sons" in body
    for words in (
        "Not evaluated yet",
        "not evaluated yet",
        "Nobody has been seen in 90 days",
        "Nobody is known here",
        "No touches yet",
        "No decisions yet",
        "It has not been in the queue yet.",
        "None so far.",
    ):
        assert words in body


def test_an_account_that_is_not_there_is_404(client: Client, sdr: User) -> None:
    assert client.get("/accounts/987654/").status_code == 404


def test_whom_not_to_contact_is_shown_without_the_ways_to(client: Client, sdr: User) -> None:
    account = create_account(name="Halden")
    desk.contact(account, first_name="Dana", last_name="Whitlock", do_not_contact=True, phone="+31 1")
    body = client.get(url(account)).content.decode()
    assert "Do not contact" in body
    assert "@people.example" not in body
    assert "+31 1" not in body


def test_a_named_center_has_its_own_page(client: Client, sdr: User) -> None:
    account = worked.company()
    center = create_center(account=account, name="EMEA IT", by=sdr)
    person = Contact.objects.get(last_name="Ilić")
    person.center = center
    person.save()
    desk.handoff("working", center=center, sdr=desk.user("sdr", "Sam Berg"))
    whole = client.get(url(account)).content.decode()
    assert "Its buying center EMEA IT is at the desk: working, Sam Berg has it." in whole
    response = client.get(url(account), {"center": center.pk})
    assert response.context["handoff"].center == center
    assert [one.contact for one in response.context["page"].callers] == [person]
    assert {touch.contact for touch in response.context["page"].touches} == {person}


def test_a_center_of_another_account_is_not_shown(client: Client, sdr: User) -> None:
    account, other = create_account(name="Halden"), create_account(name="Other")
    center = create_center(account=other, name="EMEA IT", by=sdr)
    response = client.get(url(account), {"center": center.pk})
    assert response.context["page"].center.is_default is True


def test_the_buttons_are_those_of_the_table(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    context = client.get(url(row.account)).context
    shown = [one["option"].action for one in [*context["buttons"], *context["rare"]]]
    assert sorted(shown) == ["disqualify", "pass", "recycle", "release"]
    assert context["buttons"][0]["option"].needs_missing == [
        "at least one validated stakeholder in the buying group",
        "a buying group that is 50% complete (it is 0%)",
    ]
    client.force_login(desk.user("marketing_ops"))
    context = client.get(url(row.account)).context
    assert [*context["buttons"], *context["rare"]] == []


def test_what_a_pass_needs_is_said_before_the_button_can_be_pressed(client: Client, sdr: User) -> None:
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    body = client.get(url(row.account)).content.decode()
    assert "Before you can pass it: at least one validated stakeholder" in body
    form = client.get(reverse("desk:pass", args=[row.pk])).content.decode()
    assert "Still needed:" in form
    assert "disabled>Pass to AE</button>" in form


def test_the_group_is_filled_by_its_forms(client: Client, sdr: User) -> None:
    row = worked.queued()
    dana = Contact.objects.get(first_name="Dana")
    post = reverse("desk:member", args=[row.center_id])
    data = {"contact": dana.pk, "role": "decision_maker"}
    client.post(post, data | {"do": "validate"})
    member = BuyingGroupMember.objects.get()
    assert (member.contact, member.role, member.status, member.decided_by) == (dana, "decision_maker", "validated", sdr)
    group = client.get(url(row.account)).context["group"]
    assert group.completeness == 0.25
    card = {role.role: (role.state, role.chip) for role in group.roles}
    assert card["decision_maker"] == ("filled", "1 of 1")
    client.post(post, data | {"do": "reject"})
    member.refresh_from_db()
    assert member.status == "rejected"
    group = client.get(url(row.account)).context["group"]
    suggested = {(one.contact.pk, role.role) for role in group.roles for one in role.members}
    assert (dana.pk, "decision_maker") not in suggested


def test_a_person_of_another_account_cannot_be_put_in_a_role(client: Client, sdr: User) -> None:
    row = desk.handoff(company=desk.account("Halden"))
    stranger = desk.contact(desk.account("Other"))
    data = {"contact": stranger.pk, "role": "champion", "do": "set"}
    response = client.post(reverse("desk:member", args=[row.center_id]), data, follow=True)
    assert b"Choose a person of this account and a role." in response.content
    assert BuyingGroupMember.objects.count() == 0


def test_marketing_may_not_change_a_group(client: Client) -> None:
    row = desk.handoff(company=desk.account("Halden"))
    person = desk.contact(row.account)
    client.force_login(desk.user("marketing_ops"))
    data = {"contact": person.pk, "role": "champion", "do": "set"}
    assert client.post(reverse("desk:member", args=[row.center_id]), data).status_code == 403
    assert BuyingGroupMember.objects.count() == 0


def test_a_note_is_added_mentions_are_told_and_pins_come_first(client: Client, sdr: User) -> None:
    tom = desk.user("ae", "Tom Okafor")
    row = desk.handoff("working", company=desk.account("Halden"), sdr=sdr)
    add = reverse("desk:note", args=[row.account_id])
    client.post(add, {"text": "First @Tom Okafor <b>", "kind": "call"})
    client.post(add, {"text": "Second", "kind": "context"})
    first = Note.objects.get(kind="call")
    assert (first.handoff, first.author) == (row, sdr)
    assert [user.pk for user in first.mentions.all()] == [tom.pk]
    client.post(reverse("desk:pin", args=[first.pk]), {"pinned": "1"})
    response = client.get(url(row.account))
    assert [note.text for note in response.context["page"].notes] == ["First @Tom Okafor <b>", "Second"]
    assert "First <b>@Tom</b> Okafor &lt;b&gt;" in response.content.decode()


def test_an_empty_note_comes_back(client: Client, sdr: User) -> None:
    account = create_account(name="Halden")
    response = client.post(reverse("desk:note", args=[account.pk]), {"text": "", "kind": "call"})
    assert response.status_code == 422
    assert Note.objects.count() == 0


def test_a_wrong_touch_is_marked_and_shown_struck_out(client: Client, sdr: User) -> None:
    row = worked.queued()
    touch = Touch.objects.filter(touch_type__key="webinar_attended").get()
    response = client.post(reverse("desk:touch_wrong", args=[touch.pk]), follow=True)
    touch.refresh_from_db()
    assert touch.ignored == "wrong"
    assert row.events.filter(action="touch_wrong").count() == 1
    assert b'class="ignored"' in response.content


def test_a_closed_journey_says_how_it_ended(client: Client, sdr: User) -> None:
    row = desk.handoff("recycled", company=desk.account("Halden"), comeback_on=timezone.localdate().replace(year=2030))
    body = client.get(url(row.account)).content.decode()
    assert "Recycled" in body
    assert "It comes back from" in body
    assert "2030" in body


def test_a_past_decision_keeps_its_words(client: Client, sdr: User) -> None:
    row = worked.queued()
    response = client.get(reverse("desk:decision", args=[row.decision_id]))
    assert [rung.state for rung in response.context["rungs"]] == ["pass"] * 5
    assert [(person.full_name, round(points, 2)) for person, points, _ in response.context["shares"]] == [
        ("Dana Whitlock", 36.31), ("Marek Ilić", 5.7), ("Sofie Brandt", 4.35),
    ]  # fmt: skip
    Contact.objects.filter(first_name="Dana").delete()
    assert b"An erased person" in client.get(reverse("desk:decision", args=[row.decision_id])).content


def test_a_center_that_qualifies_is_split_off(client: Client, sdr: User) -> None:
    account = worked.company()
    center = create_center(account=account, name="EMEA IT", by=sdr)
    row = desk.handoff("working", company=account, sdr=sdr)
    desk.state(center)
    assert b"qualifies on its own" in client.get(url(account)).content
    response = client.post(reverse("desk:split", args=[row.pk]), {"center": center.pk})
    child = Handoff.objects.get(center=center)
    assert (child.state, response["Location"]) == ("queued", f"/accounts/{account.pk}/?center={center.pk}")
    other = desk.handoff("working", company=desk.account("Other"), sdr=desk.user("sdr", "Sam Berg"))
    refused = client.post(reverse("desk:split", args=[other.pk]), {"center": center.pk})
    assert refused.status_code == 422
    assert Handoff.objects.count() == 3


@pytest.mark.parametrize("times", [1, 12])
def test_the_page_takes_the_same_queries_whatever_happened(
    client: Client, sdr: User, times: int, django_assert_num_queries
) -> None:
    row = worked.queued()
    for number in range(times):
        person = desk.contact(row.account, first_name=f"P{number}", last_name="Q")
        worked.touch(row.account, person, "pricing_page", number)
        Note.objects.create(account=row.account, author=sdr, text=f"Note {number}")
        desk.handoff("recycled", center=row.center)
        desk.decision(row.center)
    worked.settle()
    with django_assert_num_queries(28):
        response = client.get(url(row.account))
    assert len(response.context["page"].handoffs) == times + 1
    assert Handoff.objects.count() == times + 1
