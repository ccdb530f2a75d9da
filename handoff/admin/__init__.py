"""Django's admin of the desk: policy, calendar, reasons, templates of buying groups, what leaves, revenue events."""

from handoff.admin import desk, revenue

__all__ = ["desk", "revenue"]
