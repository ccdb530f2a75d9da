"""The accounts room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the room with Django."""

    name = "accounts"
    verbose_name = "Accounts and people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """No query here: name what can be imported; the classes load when first used."""
        from accounts import merging, personal_data
        from accounts.imports.registry import register

        register("accounts", "accounts.imports.of_accounts.AccountImporter")
        register("contacts", "accounts.imports.of_contacts.ContactImporter")
        personal_data.register("accounts.holdings")
        merging.register("accounts.merge_parts")
