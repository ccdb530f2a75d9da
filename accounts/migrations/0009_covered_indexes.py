"""Without the indexes that another one covers: each row of an import and of an event kept them up for nothing.

Dropped and made concurrently, so that nothing waits.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def without(index: str, on: str, state: migrations.AlterField) -> migrations.SeparateDatabaseAndState:
    """Drop the index that a foreign key had by default."""
    drop = migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {index}", f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {on}"
    )
    return migrations.SeparateDatabaseAndState(database_operations=[drop], state_operations=[state])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0008_mql_days_known"),
    ]

    operations = [
        without(
            "accounts_accountfact_account_id_1097f454",
            "accounts_accountfact (account_id)",
            migrations.AlterField(
                model_name="accountfact",
                name="account",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="facts",
                    to="accounts.account",
                ),
            ),
        ),
        without(
            "accounts_accountfact_by_id_496ddb62",
            "accounts_accountfact (by_id)",
            migrations.AlterField(
                model_name="accountfact",
                name="by",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ),
        without(
            "accounts_buyingcenter_account_id_82c047d4",
            "accounts_buyingcenter (account_id)",
            migrations.AlterField(
                model_name="buyingcenter",
                name="account",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="centers",
                    to="accounts.account",
                ),
            ),
        ),
        without(
            "accounts_contact_account_id_2026f578",
            "accounts_contact (account_id)",
            migrations.AlterField(
                model_name="contact",
                name="account",
                field=models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="contacts",
                    to="accounts.account",
                ),
            ),
        ),
        without(
            "accounts_contactfact_by_id_c28e33a3",
            "accounts_contactfact (by_id)",
            migrations.AlterField(
                model_name="contactfact",
                name="by",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ),
        without(
            "accounts_contactfact_contact_id_0fb95f67",
            "accounts_contactfact (contact_id)",
            migrations.AlterField(
                model_name="contactfact",
                name="contact",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="facts",
                    to="accounts.contact",
                ),
            ),
        ),
        migrations.AlterField(
            model_name="importkey",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="keys",
                to="accounts.import",
            ),
        ),
        AddIndexConcurrently(
            model_name="accountfact",
            index=models.Index(condition=models.Q(("by__isnull", False)), fields=["by"], name="account_fact_by"),
        ),
        AddIndexConcurrently(
            model_name="contactfact",
            index=models.Index(condition=models.Q(("by__isnull", False)), fields=["by"], name="contact_fact_by"),
        ),
    ]
