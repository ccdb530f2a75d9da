"""The buying group of a center: who is in which role, what is missing, what people decided (domain.md §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from accounts.models import BuyingCenter
from handoff.buying_group import completeness
from handoff.models import BuyingGroupMember, BuyingGroupTemplate, Handoff, TemplateRole
from handoff.policy import desk_policy
from handoff.transitions import NEED_WORDS, Need


def required_roles(center: BuyingCenter) -> dict[str, int]:
    """How many of each role the center's group needs: its own template, else its segment's, else everybody's."""
    segment = BuyingGroupTemplate.Segment
    own = BuyingGroupTemplate.objects.filter(buyinggroup__center=center).first()
    template = own or (
        BuyingGroupTemplate.objects.filter(
            segment__in=[segment.TARGET, segment.ALL] if center.account.is_target else [segment.ALL]
        )
        .order_by("-segment")
        .first()
    )
    return dict(TemplateRole.objects.filter(template=template).values_list("role", "required")) if template else {}


def validated_counts(center_id: int) -> Mapping[str, int]:
    """How many validated members each role has."""
    rows = BuyingGroupMember.objects.filter(
        group__center=center_id, status=BuyingGroupMember.Status.VALIDATED
    ).values_list("role", flat=True)
    return Counter(rows)


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
