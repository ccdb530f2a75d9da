"""What became of accounts, for the previews of scoring models (signals/backtest.py, signals/whatif.py)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from handoff.models import Opportunity


def opportunities_by_account() -> Mapping[int, Sequence[datetime]]:
    """Account id → the moments at which its opportunities were created."""
    found: dict[int, list[datetime]] = defaultdict(list)
    for account_id, created_at in Opportunity.objects.order_by("created_at").values_list("account_id", "created_at"):
        found[account_id].append(created_at)
    return found


def accounts_with_open_opportunity() -> set[int]:
    """Accounts that do not queue, since there is a deal already (domain.md §4)."""
    return set(Opportunity.objects.filter(stage=Opportunity.Stage.OPEN).values_list("account_id", flat=True))
