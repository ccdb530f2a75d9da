"""What this room puts into the loop, and what it hears from the accounts room. Imported by every process: nothing heavy."""

from collections.abc import Collection

from accounts.changes import on_account_change

from signals.loop import register_step


def register() -> None:
    """Called once by the room's AppConfig."""
    on_account_change(rescore_accounts)
    register_step("rescore", rescore, 0.25, after_scoring=False)
    register_step("daily", daily, 60)


def rescore_accounts(*, account_ids: Collection[int], reason: str) -> None:
    """Something that decides about these accounts changed: have all their centers evaluated."""
    from signals.actions import request_rescore

    request_rescore(account_ids=account_ids, reason=reason)


def rescore() -> int:
    """Score one batch of what is due."""
    from signals.rescore import rescore_due

    return rescore_due()


def daily() -> int:
    """At the start of a UTC day have everything evaluated; see signals/daily.py."""
    from signals.daily import run

    return run()
