"""What enters the queue finds its person: on opening, on an absence, on demand; the rules' page and its record."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from handoff import absence, actions, assigning, rule_actions
from handoff.assigning import assign_all_waiting, present_people
from handoff.errors import MoveRefused
from handoff.models import AssignmentRule, Handoff, HandoffEvent, Notice
from handoff.process import process_transitions
from handoff.queries import claimable, counts
from tests.handoff import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def emea() -> Team:
    return desk.team("EMEA")


def in_turn(team: Team, **fields: object) -> AssignmentRule:
    return AssignmentRule.objects.create(name=f"{team} in turn", kind="round_robin", team=team, position=2, **fields)


def enters(name: str, **fields: object) -> Handoff:
    company = desk.account(name, **fields)
    desk.qualify(desk.whole(company))
    process_transitions()
    return Handoff.objects.select_related("account").get(account=company)


def test_a_new_desk_has_the_owners_rule_and_it_leaves_no_mark() -> None:
    assert [(rule.kind, rule.is_active) for rule in AssignmentRule.objects.all()] == [("owner", True)]
    priya = desk.user("sdr")
    row = enters("Alder", owner_sdr=priya)
    assert (row.assigned_to, row.waits_for) == (None, priya)
    assert list(row.events.values_list("action", flat=True)) == ["open"]
    assert Notice.objects.get().recipient == priya


def test_what_nobody_owns_goes_round_and_each_is_told(emea: Team) -> None:
    people = [desk.user("sdr", f"SDR {n}", team=emea) for n in range(3)]
    rule = in_turn(emea, regions=["EMEA"])
    rows = [enters(f"Company {n}", region="EMEA") for n in range(4)]
    elsewhere = enters("Far away", region="APAC")
    assert [row.assigned_to for row in rows] == [*people, people[0]]
    assert {row.assigned_rule for row in rows} == {rule}
    assert elsewhere.assigned_to is None
    assert list(rows[1].events.values_list("action", "comment", "by")) == [
        ("open", "", None), ("routed", "to SDR 1", None),
    ]  # fmt: skip
    assert Notice.objects.filter(recipient=people[0], kind="queued").count() == 2


def test_it_comes_first_for_whom_it_waits_and_their_team_sees_it(emea: Team) -> None:
    sam, mate = desk.user("sdr", team=emea, capacity=1), desk.user("sdr", team=emea, capacity=0)
    other = desk.user("sdr", team=desk.team())
    in_turn(emea, regions=["EMEA"])
    row = enters("Given", region="EMEA")
    desk.state(desk.whole(row.account), score=71)
    desk.state(desk.whole(enters("Pool").account), score=99)
    assert row.assigned_to == sam
    assert [one.account.name for one in claimable(sam)] == ["Given", "Pool"]
    assert [one.account.name for one in claimable(mate)] == ["Pool", "Given"]
    assert [one.account.name for one in claimable(other)] == ["Pool"]
    assert (counts(mate)["pool"], counts(other)["pool"]) == (2, 1)


def test_what_waits_for_an_owner_takes_room_but_not_what_is_given_now(emea: Team) -> None:
    first, second = (desk.user("sdr", team=emea, capacity=1) for _ in range(2))
    in_turn(emea, regions=["EMEA"])
    assert enters("Own", region="EMEA", owner_sdr=first).waits_for == first
    assert [one.has_room for one in present_people(timezone.now())] == [False, True]
    assert enters("Next", region="EMEA").waits_for == second
    assert enters("Pool", region="EMEA").waits_for is None


def test_an_owner_who_is_away_leaves_it_to_the_next_rule_and_gets_nothing_new(emea: Team) -> None:
    today = timezone.now().date()
    owner = desk.user("sdr", away_from=today, away_until=today)
    sam = desk.user("sdr", team=emea)
    in_turn(emea)
    row = enters("Alder", owner_sdr=owner)
    assert row.assigned_to == sam
    assert set(Notice.objects.values_list("recipient", flat=True)) == {sam.pk}


def test_what_waits_for_who_is_away_now_goes_to_others_once(emea: Team) -> None:
    owner, sam = desk.user("sdr", "Priya Nair"), desk.user("sdr", "Sam Berg", team=emea)
    in_turn(emea)
    row = enters("Alder", owner_sdr=owner)
    today = timezone.now().date()
    User.objects.filter(pk=owner.pk).update(away_from=today, away_until=today)
    assert (absence.move_on(), absence.move_on()) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.assigned_to) == ("queued", sam)
    assert HandoffEvent.objects.get(action="routed").comment == "to Sam Berg"
    assert Notice.objects.filter(recipient=sam, text="Alder waits in your queue.").count() == 1


def test_the_rules_are_asked_for_what_waits_and_nobody_loses_what_they_have(client: Client, emea: Team) -> None:
    boss, sam, kim = desk.user("manager"), desk.user("sdr", team=emea), desk.user("sdr", team=emea)
    waiting = desk.handoff(company=desk.account("Alder"))
    kept = desk.handoff(company=desk.account("Birch"), assigned_to=kim, assigned_at=timezone.now())
    held = desk.handoff("working", sdr=kim)
    in_turn(emea)
    client.force_login(boss)
    response = client.post("/assignment/apply/", follow=True)
    assert b"1 of what waits changed hands." in response.content
    assert [Handoff.objects.get(pk=row.pk).assigned_to for row in (waiting, kept, held)] == [sam, kim, None]
    assert HandoffEvent.objects.get(action="routed").by == boss


RULE = {"name": "DACH", "kind": "round_robin", "segment": "", "countries": "DE, AT ,CH", "is_active": "on"}


def test_a_manager_adds_changes_moves_and_deletes_a_rule_and_it_is_recorded(client: Client, emea: Team) -> None:
    boss = desk.user("manager", "Meg Lin")
    client.force_login(boss)
    assert client.post("/assignment/new/", {**RULE, "team": emea.pk})["Location"] == "/assignment/"
    rule = AssignmentRule.objects.get(name="DACH")
    assert (rule.countries, rule.position) == (["DE", "AT", "CH"], 2)
    client.post(f"/assignment/{rule.pk}/", {**RULE, "team": emea.pk, "countries": "DE", "employees_from": "200"})
    client.post(f"/assignment/{rule.pk}/move/", {"to": "up"})
    assert list(AssignmentRule.objects.values_list("name", flat=True)) == ["DACH", "The account’s owner"]
    client.post(f"/assignment/{rule.pk}/delete/")
    said = [
        (one.by, one.rule, one.what, one.changes)
        for one in client.get("/assignment/").context["changes"]
        if one.rule == "DACH"
    ]
    assert said == [
        ("Meg Lin", "DACH", "deleted", []),
        ("Meg Lin", "DACH", "changed", [("position", "2", "1")]),
        ("Meg Lin", "DACH", "changed", [("countries", "DE, AT, CH", "DE"), ("employees from", "none", "200")]),
        ("Meg Lin", "DACH", "added", []),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"team": ""}, "Name the team whose SDRs take turns."),
        ({"kind": "person"}, "Name the person."),
        ({"employees_from": "9", "employees_to": "8"}, "must not be more than"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_rule_that_leads_nowhere_is_refused_with_words(client: Client, emea: Team, wrong: dict, said: str) -> None:
    client.force_login(desk.user("manager"))
    response = client.post("/assignment/new/", {**RULE, "team": emea.pk, **wrong})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert AssignmentRule.objects.count() == 1


def test_an_sdr_sets_no_rules(client: Client) -> None:
    sdr, rule = desk.user("sdr"), AssignmentRule.objects.get()
    client.force_login(sdr)
    for path in ("new/", f"{rule.pk}/", f"{rule.pk}/move/", f"{rule.pk}/delete/", "apply/"):
        assert client.post(f"/assignment/{path}", RULE).status_code == 403
    with pytest.raises(MoveRefused):
        rule_actions.delete_rule(rule=rule, by=sdr)
    assert AssignmentRule.objects.count() == 1


def test_reminders_go_to_whom_it_waits_for(emea: Team) -> None:
    from handoff.clocks import fire_due

    owner, sam = desk.user("sdr"), desk.user("sdr", team=emea)
    now = timezone.now()
    row = desk.handoff(company=desk.account("Alder", owner_sdr=owner), assigned_to=sam, assigned_at=now)
    Handoff.objects.filter(pk=row.pk).update(claim_due_at=now + dt.timedelta(minutes=30))
    assert fire_due(now=now) == 1
    assert list(Notice.objects.values_list("recipient", "kind")) == [(sam.pk, "sla_reminder")]


def test_many_are_given_out_at_once_in_turn_while_there_is_room(
    emea: Team, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    boss, now = desk.user("manager"), timezone.now()
    first, second = desk.user("sdr", "First", team=emea, capacity=3), desk.user("sdr", "Second", team=emea, capacity=2)
    owner = desk.user("sdr", "Owner", capacity=0)
    rule = in_turn(emea, regions=["EMEA"])
    rows = [desk.handoff(company=desk.account(f"Company {n}", region="EMEA")) for n in range(7)]
    own = desk.handoff(company=desk.account("Own", region="EMEA", owner_sdr=owner))
    with django_assert_num_queries(14):
        assert assign_all_waiting(by=boss, at=now) == 5
    found = [Handoff.objects.get(pk=row.pk).assigned_to for row in rows]
    assert found == [first, second, first, second, first, None, None]
    assert Handoff.objects.get(pk=own.pk).waits_for == owner
    events = HandoffEvent.objects.filter(action="routed").order_by("handoff_id")
    assert [(one.handoff, one.by, one.comment, one.data) for one in events[:2]] == [
        (rows[0], boss, "to First", {"to": first.pk, "from": None, "rule": rule.pk}),
        (rows[1], boss, "to Second", {"to": second.pk, "from": None, "rule": rule.pk}),
    ]
    assert assign_all_waiting(by=boss, at=now) == 0


def test_a_rule_is_previewed_before_it_is_saved_or_applied(client: Client, emea: Team) -> None:
    boss, sam, kim = desk.user("manager"), desk.user("sdr", "Sam Berg", team=emea), desk.user("sdr", "Kim", team=emea)
    rows = [desk.handoff(company=desk.account(f"Company {n}", country="DE")) for n in range(3)]
    desk.handoff(company=desk.account("Elsewhere", country="FR"))
    desk.handoff(company=desk.account("Kept", country="DE"), assigned_to=kim, assigned_at=timezone.now())
    client.force_login(boss)
    asked = {**RULE, "team": emea.pk, "do": "preview"}
    planned = client.post("/assignment/new/", asked).context["plan"]
    assert (planned.waiting, planned.kept, planned.shares) == (5, 1, [(sam, 2), (kim, 1)])
    assert [one.handoff for one in planned.changes] == rows
    assert AssignmentRule.objects.count() == 1

    client.post("/assignment/new/", {**asked, "do": ""})
    rule = AssignmentRule.objects.get(name="DACH")
    other = client.post(f"/assignment/{rule.pk}/", {**asked, "countries": "FR"}).context["plan"]
    assert [one.handoff.account.name for one in other.changes] == ["Elsewhere"]
    rule.refresh_from_db()
    assert rule.countries == ["DE", "AT", "CH"]
    assert "3 accounts would change hands" in client.get("/assignment/apply/").content.decode()
    assert HandoffEvent.objects.count() == 0


def test_what_is_claimed_while_the_rules_are_asked_stays_claimed(emea: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    boss, sam = desk.user("manager"), desk.user("sdr", team=emea)
    in_turn(emea)
    row = desk.handoff(company=desk.account("Alder"))
    made = assigning.plan(timezone.now())
    assert [one.to for one in made.changes] == [sam]
    actions.claim(handoff_id=row.pk, by=desk.user("sdr", "Quick"))
    monkeypatch.setattr(assigning, "plan", lambda at: made)
    before = desk.everything(row)
    assert assign_all_waiting(by=boss, at=timezone.now()) == 0
    assert desk.everything(row) == before
