"""What this room puts into the loop, and what it hears from the accounts room. Imported by every process: nothing heavy."""

from collections.abc import Collection

from accounts.changes import on_account_change, on_contacts_merged, on_match_change
from signals.loop import register_step


def register() -> None:
    """Called once by the room's AppConfig."""
    on_account_change(rescore_accounts)
    on_match_change(match_again)
    on_contacts_merged(follow_merge)
    register_step("rescore", rescore, 0.25, after_scoring=False)
    register_step("daily", daily, 60)
    register_step("remapping", remap, 0.5, after_scoring=False)
    register_step("backtest", backtest, 0.5, after_scoring=False)
    register_step("statistics", count_grown, 5, after_scoring=False)
    register_step("sums", sum_touches, 2, after_scoring=False)
    register_step("merged", sweep_merged, 10, after_scoring=False)


def rescore_accounts(*, account_ids: Collection[int], reason: str) -> None:
    """Something that decides about these accounts changed: have all their centers evaluated."""
    from signals.actions import request_rescore

    request_rescore(account_ids=account_ids, reason=reason)


def match_again(*, account_ids: Collection[int], contact_ids: Collection[int]) -> None:
    """Accounts or people can be recognised by something new: read again the touches that waited for them."""
    from signals.readings import match_again

    match_again(account_ids=account_ids, contact_ids=contact_ids)


def follow_merge(*, gone: int, kept: int) -> None:
    """Two contacts turned out to be one person: the touches of the one are the other's."""
    from signals.readings import follow_merge

    follow_merge(gone=gone, kept=kept)


def rescore() -> int:
    """Score one batch of what is due."""
    from signals.rescore import rescore_due

    return rescore_due()


def daily() -> int:
    """At the start of a UTC day have everything evaluated; see signals/daily.py."""
    from signals.daily import run

    return run()


def remap() -> int:
    """Read one chunk of past touches again, when rules changed; see signals/remapping.py."""
    from signals.remapping import work_step

    return work_step()


def sweep_merged() -> int:
    """Move along what was matched to an account while it was merged; see accounts/merging.py."""
    from accounts.merging import sweep

    return sweep()


def backtest() -> int:
    """Score the next centers of a week that somebody wants to know of; see signals/backtest.py."""
    from signals.backtest import work_step

    return work_step()


def count_grown() -> int:
    """Have the database count the rows of tables that have grown; see signals/statistics.py."""
    from signals.statistics import count_grown

    return count_grown()


def sum_touches() -> int:
    """Sum what came and went of touches, and keep the runs of quiet months; see signals/sums.py and signals/runs.py."""
    from signals.runs import make_runs
    from signals.sums import sum_changes

    return sum_changes() + make_runs()
