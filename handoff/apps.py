"""The handoff room."""

from django.apps import AppConfig


class HandoffConfig(AppConfig):
    """Registers the room with Django and its steps with the loop."""

    name = "handoff"
    verbose_name = "The desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No query here: see `SignalsConfig.ready`."""
        from accounts import merging, personal_data
        from accounts.changes import on_contacts_merged
        from accounts.imports.registry import register as register_importer
        from handoff import steps
        from handoff.groups import move_merged
        from handoff.outcomes import accounts_with_open_opportunity, opportunities_by_account
        from handoff.payload import account_part
        from signals.backtest import register_outcomes
        from signals.payload import register_account_part
        from signals.whatif import register_resting

        steps.register()
        personal_data.register("handoff.holdings")
        merging.register("handoff.merge_parts")
        register_importer("opportunities", "handoff.imports.OpportunityImporter")
        register_importer("revenue", "handoff.imports_revenue.RevenueImporter")
        on_contacts_merged(move_merged)
        register_account_part("handoff", account_part)
        register_resting(accounts_with_open_opportunity)
        register_outcomes(opportunities_by_account)
