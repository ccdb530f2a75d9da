"""Without the indexes that another one covers: each row of an import and of an event kept them up for nothing.

Dropped and made concurrently, so that nothing waits.
"""

import django.db.models.deletion
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
        ("accounts", "0009_covered_indexes"),
        ("signals", "0023_evidence_as_text"),
    ]

    operations = [
        without(
            "signals_ingestcount_source_id_9ca73fe9",
            "signals_ingestcount (source_id)",
            migrations.AlterField(
                model_name="ingestcount",
                name="source",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="counts",
                    to="accounts.source",
                ),
            ),
        ),
        without(
            "signals_intentsignal_account_id_fe3c24ff",
            "signals_intentsignal (account_id)",
            migrations.AlterField(
                model_name="intentsignal",
                name="account",
                field=models.ForeignKey(
                    blank=True,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="intent_signals",
                    to="accounts.account",
                ),
            ),
        ),
    ]
