"""Django's admin of what decides: touch types, themes, rules, personas, scoring models; and of what was recorded."""

from signals.admin import catalogue, models, records

__all__ = ["catalogue", "models", "records"]
