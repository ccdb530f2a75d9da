"""Django's admin of the desk: its policy and calendar, reasons, templates of buying groups, what leaves."""

from handoff.admin import desk

__all__ = ["desk"]
