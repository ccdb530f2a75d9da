"""The buying group of a center: what it needs, and what people decide about who is in which role (domain.md §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts.models import BuyingCenter, Contact, User
from accounts.roles import Capability
from handoff.activity import mark_activity
from handoff.buying_group import completeness
from handoff.errors import MoveRefused
from handoff.models import (
    OPEN_STATES,
    BuyingGroup,
    BuyingGroupMember,
    BuyingGroupTemplate,
    BuyingRole,
    Handoff,
    TemplateRole,
)
from handoff.policy import desk_policy
from handoff.transitions import NEED_WORDS, Need

Status = BuyingGroupMember.Status


def template_of(center: BuyingCenter) -> BuyingGroupTemplate | None:
    """What the center's group goes by: its own template, else its segment's, else that of all accounts."""
    own = BuyingGroup.objects.filter(center=center, template__isnull=False).select_related("template").first()
    if own is not None:
        return own.template
    segment = BuyingGroupTemplate.Segment
    wanted = [segment.TARGET, segment.ALL] if center.account.is_target else [segment.ALL]
    found = {template.segment: template for template in BuyingGroupTemplate.objects.filter(segment__in=wanted)}
    return next((found[key] for key in wanted if key in found), None)


def required_roles(center: BuyingCenter) -> dict[str, int]:
    """How many of each role the center's group needs; nothing where no template is set up."""
    roles = TemplateRole.objects.filter(template=template_of(center), template__isnull=False)
    return dict(roles.values_list("role", "required"))


@transaction.atomic
def set_template(*, template: BuyingGroupTemplate, required: Mapping[str, int]) -> None:
    """How many of each named role a template needs from now on; what is not named stays."""
    for role, number in required.items():
        TemplateRole.objects.update_or_create(template=template, role=role, defaults={"required": number})


def validated_counts(center_id: int) -> Mapping[str, int]:
    """How many validated members each role has."""
    members = BuyingGroupMember.objects.filter(group__center=center_id, status=Status.VALIDATED)
    return Counter(members.filter(contact__erased_at__isnull=True).values_list("role", flat=True))


def pass_needs(handoff: Handoff) -> list[tuple[Need, str]]:
    """What a pass still needs of the buying group, in words; empty when it has it."""
    counts = validated_counts(handoff.center_id)
    missing = []
    if not counts:
        missing.append((Need.STAKEHOLDER, NEED_WORDS[Need.STAKEHOLDER]))
    asked = desk_policy().min_completeness
    have = completeness(required_roles(handoff.center), counts)
    if have < asked:
        missing.append((Need.COMPLETENESS, f"a buying group that is {asked:.0%} complete (it is {have:.0%})"))
    return missing


@transaction.atomic
def validate_member(*, center: BuyingCenter, contact: Contact, role: str, by: User | None) -> BuyingGroupMember:
    """`contact` has this role, somebody (None: a connected system) says so; the person's other roles stay as they are.

    Refused: role, needs.
    """
    return _decide(center, contact, role, Status.VALIDATED, by)


@transaction.atomic
def reject_member(*, center: BuyingCenter, contact: Contact, role: str, by: User | None) -> BuyingGroupMember:
    """`contact` does not have this role; the product never suggests it again. Refused: role, needs."""
    return _decide(center, contact, role, Status.REJECTED, by)


@transaction.atomic
def set_role(*, center: BuyingCenter, contact: Contact, role: str, by: User | None) -> BuyingGroupMember:
    """`contact` has this role and no other: what was suggested or validated before goes, rejections stay.

    Refused: role, needs.
    """
    member = _decide(center, contact, role, Status.VALIDATED, by)
    member.group.members.filter(contact=contact).exclude(pk=member.pk).exclude(status=Status.REJECTED).delete()
    return member


def _decide(center: BuyingCenter, contact: Contact, role: str, status: str, by: User | None) -> BuyingGroupMember:
    if by and not by.may(Capability.WORK_QUEUE) and not by.may(Capability.RECEIVE):
        raise MoveRefused("Buying groups are kept by SDRs, AEs and their managers.", "role")
    if role not in BuyingRole.values:
        raise MoveRefused("Still needed: a role.", "needs", needs=["a role"])
    if contact.account_id != center.account_id or contact.erased_at is not None:
        raise MoveRefused("Still needed: a person of this account.", "needs", needs=["a person of this account"])
    group, _ = BuyingGroup.objects.get_or_create(center=center, defaults={"template": template_of(center)})
    member, _ = BuyingGroupMember.objects.update_or_create(
        group=group,
        contact=contact,
        role=role,
        defaults={"status": status, "decided_by": by, "decided_at": timezone.now()},
    )
    open_one = Handoff.objects.filter(center=center, state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if open_one is not None and by is not None:
        mark_activity(open_one, by)
    return member


def move_merged(*, gone: int, kept: int) -> None:
    """Two contacts turned out to be one person: what was decided about `gone` holds for `kept` too."""
    taken = BuyingGroupMember.objects.filter(contact=kept).values_list("group_id", "role")
    for member in BuyingGroupMember.objects.filter(contact=gone):
        if (member.group_id, member.role) in set(taken):
            member.delete()
        else:
            member.contact_id = kept
            member.save(update_fields=["contact"])
