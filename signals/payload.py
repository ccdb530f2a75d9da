"""What the API says of accounts (domain.md §8, end), in a fixed number of queries however many accounts are asked for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.models import Account
from signals.models import CenterState
from signals.scoring_config import NOT_EVALUATED
from signals.telling import evidence_of

# Given the ids of accounts, what a higher room says of each; missing ones say null.
AccountPart = Callable[[Sequence[int]], Mapping[int, Any]]
_parts: dict[str, AccountPart] = {}


def register_account_part(name: str, function: AccountPart) -> None:
    """Have accounts say `name: function(ids)[id]` in the API. Called from a higher room's AppConfig.ready."""
    _parts[name] = function


def account_payloads(accounts: Sequence[Account], *, with_evidence: bool) -> list[dict[str, Any]]:
    """The payloads of these accounts, in their order. Prefetch what hangs on them."""
    ids = [account.pk for account in accounts]
    states = CenterState.objects.filter(center__account_id__in=ids).select_related("center")
    if not with_evidence:
        states = states.defer("evidence", "strip")
    by_account: dict[int, dict[int, CenterState]] = defaultdict(dict)
    for state in states:
        by_account[state.center.account_id][state.center_id] = state
    # What is not registered (yet) is there all the same, and says that there is nothing.
    parts: dict[str, Mapping[int, Any]] = {"handoff": {}}
    parts |= {name: part(ids) for name, part in _parts.items()}
    return [_payload(account, by_account[account.pk], parts, with_evidence=with_evidence) for account in accounts]


def _payload(
    account: Account,
    states: Mapping[int, CenterState],
    parts: Mapping[str, Mapping[int, Any]],
    *,
    with_evidence: bool,
) -> dict[str, Any]:
    centers = list(account.centers.all())
    whole = next((center for center in centers if center.is_default), None)
    state = states.get(whole.pk) if whole else None
    found = {
        "id": account.pk,
        "name": account.name,
        "domain": account.domain,
        "domains": [domain.name for domain in account.domains.all()],
        "is_target": account.is_target,
        **measured(state),
        "centers": [
            {"id": center.pk, "name": center.name, "is_default": center.is_default, **measured(states.get(center.pk))}
            for center in centers
        ],
    }
    if with_evidence and found["evaluated"] and state is not None:
        found["evidence"] = evidence_of(state)
    return found | {name: part.get(account.pk) for name, part in parts.items()}


def measured(state: CenterState | None) -> dict[str, Any]:
    """What was measured of a center. One never evaluated has no figures, not even empty ones, and says so."""
    if state is None or state.evaluated_at is None or state.points_micro is None:
        return {"evaluated": False, "stage": NOT_EVALUATED}
    return {
        "evaluated": True,
        "evaluated_at": state.evaluated_at,
        "stage": state.stage,
        "score": state.score,
        "signals": {"fit": state.fit, "engagement": state.engagement, "intent": state.intent},
        "points": state.points_micro / 1_000_000,
        "minutes": state.minutes,
        "engagement_score": state.engagement_score,
        "qualified": state.qualified,
        "icp": state.icp,
        "blocked_by": state.block or None,
    }
