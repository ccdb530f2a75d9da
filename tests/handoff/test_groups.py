"""What people decide about a center's buying group, and what a pass needs of it (domain.md §5)."""

from typing import Any

import pytest
import time_machine

from accounts.changes import contacts_merged
from handoff import groups
from handoff.errors import MoveRefused
from handoff.models import BuyingGroup, BuyingGroupMember, BuyingGroupTemplate, TemplateRole
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db

STARTER = {"champion": 1, "economic_buyer": 1, "decision_maker": 1, "influencer": 1, "end_user": 0, "blocker": 0}


def _rows() -> list[tuple[Any, ...]]:
    return list(BuyingGroupMember.objects.order_by("id").values_list("contact", "role", "status", "decided_by"))


def test_a_new_desk_needs_four_roles() -> None:
    assert groups.required_roles(desk.whole(desk.account())) == STARTER


def test_templates_go_by_segment_and_a_group_keeps_its_own() -> None:
    target = BuyingGroupTemplate.objects.get(segment="target")
    TemplateRole.objects.filter(template=target, role="end_user").update(required=2)
    center = desk.whole(desk.account(is_target=True))
    assert groups.required_roles(center) == STARTER | {"end_user": 2}
    assert groups.required_roles(desk.whole(desk.account())) == STARTER
    BuyingGroup.objects.create(center=center, template=BuyingGroupTemplate.objects.get(segment="all"))
    assert groups.required_roles(center) == STARTER


def test_without_a_template_of_its_segment_a_target_account_goes_by_the_general_one() -> None:
    BuyingGroupTemplate.objects.filter(segment="target").delete()
    assert groups.required_roles(desk.whole(desk.account(is_target=True))) == STARTER
    BuyingGroupTemplate.objects.all().delete()
    assert groups.required_roles(desk.whole(desk.account(is_target=True))) == {}


def test_validating_makes_the_group_and_says_who_decided_when() -> None:
    company, sdr = desk.account(), desk.user("sdr")
    person = desk.contact(company)
    with time_machine.travel(NOW, tick=False):
        member = groups.validate_member(center=desk.whole(company), contact=person, role="champion", by=sdr)
    assert (member.status, member.decided_by, member.decided_at) == ("validated", sdr, NOW)
    assert member.group.template.segment == "all"
    groups.validate_member(center=desk.whole(company), contact=person, role="champion", by=sdr)
    assert _rows() == [(person.pk, "champion", "validated", sdr.pk)]


def test_a_rejection_stays_and_a_later_yes_replaces_it() -> None:
    company, sdr = desk.account(), desk.user("sdr")
    person, center = desk.contact(company), desk.whole(company)
    groups.reject_member(center=center, contact=person, role="champion", by=sdr)
    assert _rows() == [(person.pk, "champion", "rejected", sdr.pk)]
    groups.validate_member(center=center, contact=person, role="champion", by=sdr)
    assert _rows() == [(person.pk, "champion", "validated", sdr.pk)]


def test_setting_a_role_leaves_the_person_with_that_one_alone() -> None:
    company, ae = desk.account(), desk.user("ae")
    person, other, center = desk.contact(company), desk.contact(company), desk.whole(company)
    groups.validate_member(center=center, contact=person, role="champion", by=ae)
    groups.reject_member(center=center, contact=person, role="blocker", by=ae)
    groups.validate_member(center=center, contact=other, role="champion", by=ae)
    groups.set_role(center=center, contact=person, role="influencer", by=ae)
    assert sorted((contact, role) for contact, role, status, _ in _rows() if status == "validated") == sorted(
        [(other.pk, "champion"), (person.pk, "influencer")]
    )
    assert (person.pk, "blocker", "rejected", ae.pk) in _rows()


@pytest.mark.parametrize("act", [groups.validate_member, groups.reject_member, groups.set_role])
def test_only_who_works_with_accounts_decides_and_only_of_their_people(act: Any) -> None:
    company = desk.account()
    center, person, stranger = desk.whole(company), desk.contact(company), desk.contact(desk.account())
    erased = desk.contact(company, erased_at=NOW)
    cases = [
        (person, "champion", desk.user("marketing_ops"), "role"),
        (stranger, "champion", desk.user("sdr"), "needs"),
        (erased, "champion", desk.user("sdr"), "needs"),
        (person, "boss", desk.user("sdr"), "needs"),
    ]
    for contact, role, by, code in cases:
        with pytest.raises(MoveRefused) as caught:
            act(center=center, contact=contact, role=role, by=by)
        assert caught.value.code == code
    assert _rows() == []


def test_what_a_pass_needs_of_the_group() -> None:
    row = desk.handoff("working")
    assert [words for _, words in groups.pass_needs(row)] == [
        "at least one validated stakeholder in the buying group",
        "a buying group that is 50% complete (it is 0%)",
    ]
    desk.ready_to_pass(row)
    assert groups.pass_needs(row) == []


def test_suggested_rejected_and_erased_people_do_not_count() -> None:
    row = desk.handoff("working")
    people = desk.ready_to_pass(row)
    BuyingGroupMember.objects.filter(contact=people[0]).update(status="rejected")
    people[1].erased_at = NOW
    people[1].save()
    assert len(groups.pass_needs(row)) == 2


def test_the_holders_decision_is_activity_and_others_is_not() -> None:
    row = desk.handoff("working", last_activity_at=NOW)
    person = desk.contact(row.account)
    groups.validate_member(center=row.center, contact=person, role="champion", by=desk.user("sdr"))
    row.refresh_from_db()
    assert row.last_activity_at == NOW
    with time_machine.travel(NOW.replace(hour=12), tick=False):
        groups.validate_member(center=row.center, contact=person, role="champion", by=row.claimed_by)
    row.refresh_from_db()
    assert row.last_activity_at == NOW.replace(hour=12)


def test_a_merged_person_keeps_what_was_decided() -> None:
    company, sdr = desk.account(), desk.user("sdr")
    kept, gone, center = desk.contact(company), desk.contact(company), desk.whole(company)
    groups.validate_member(center=center, contact=gone, role="champion", by=sdr)
    groups.validate_member(center=center, contact=gone, role="influencer", by=sdr)
    groups.reject_member(center=center, contact=kept, role="influencer", by=sdr)
    contacts_merged(gone=gone.pk, kept=kept.pk)
    assert sorted(_rows()) == sorted(
        [(kept.pk, "champion", "validated", sdr.pk), (kept.pk, "influencer", "rejected", sdr.pk)]
    )
