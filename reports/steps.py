"""What this room puts into the loop (signals/loop.py). Every process imports this: a step loads when it first runs."""

from signals.loop import register_step


def register() -> None:
    """Called once by the room's AppConfig."""
    register_step("reports.closing", close_due, 600)
    register_step("reports.mails", send_due, 60)


def close_due() -> int:
    """Close the months that are due."""
    from reports import closing

    return closing.close_due()


def send_due() -> int:
    """Mail the dashboard to whom it is due."""
    from reports import mails

    return mails.send_due()
