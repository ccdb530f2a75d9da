"""What reports keep: which months are closed and how they were restated, and who gets the dashboard by mail."""

from .closing import ClosedDeal, MonthClose, ReportPolicy, Restatement
from .mail import ReportMail

__all__ = ["ClosedDeal", "MonthClose", "ReportMail", "ReportPolicy", "Restatement"]
