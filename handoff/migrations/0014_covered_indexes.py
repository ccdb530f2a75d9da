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
        ("handoff", "0013_role_spells"),
    ]

    operations = [
        without(
            "handoff_handoffevent_handoff_id_093861c9",
            "handoff_handoffevent (handoff_id)",
            migrations.AlterField(
                model_name="handoffevent",
                name="handoff",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="events",
                    to="handoff.handoff",
                ),
            ),
        ),
        without(
            "handoff_opportunity_account_id_68905980",
            "handoff_opportunity (account_id)",
            migrations.AlterField(
                model_name="opportunity",
                name="account",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="opportunities",
                    to="accounts.account",
                ),
            ),
        ),
        without(
            "handoff_outboxmessage_endpoint_id_defa8896",
            "handoff_outboxmessage (endpoint_id)",
            migrations.AlterField(
                model_name="outboxmessage",
                name="endpoint",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="messages",
                    to="handoff.webhookendpoint",
                ),
            ),
        ),
        without(
            "handoff_revenueevent_account_id_cf97e51d",
            "handoff_revenueevent (account_id)",
            migrations.AlterField(
                model_name="revenueevent",
                name="account",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="revenue_events",
                    to="accounts.account",
                ),
            ),
        ),
    ]
