"""The index of touches by account also holds what reports ask of a touch, so that they need not read the touches.

Built beside the old one without holding up ingestion: partition by partition, concurrently, then the old one goes. Killed anywhere it
can be run again.
"""

from django.db import migrations, models

OLD = ("touch_account_occurred", "(account_id, occurred_at)")
ASKED = "touch_type_id, ignored, minutes, channel, campaign, contact_id, received_at, known_from, id"
NEW = ("touch_account_covering", f"(account_id, occurred_at) INCLUDE ({ASKED})")
_MISSING = """
SELECT i.inhrelid::regclass::text FROM pg_inherits i
WHERE i.inhparent = 'signals_touch'::regclass AND NOT EXISTS (
    SELECT 1 FROM pg_inherits x JOIN pg_index d ON d.indexrelid = x.inhrelid
    WHERE x.inhparent = %s::regclass AND d.indrelid = i.inhrelid) ORDER BY 1"""


def _replace(editor, made, gone):
    name, columns = made
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM signals_touch)")
        (has_touches,) = cursor.fetchone()
        if has_touches:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON ONLY signals_touch {columns}")
            cursor.execute(_MISSING, [name])
            for (part,) in cursor.fetchall():
                own = f"{part}_{name.removeprefix('touch_account_')}"
                cursor.execute(f"DROP INDEX IF EXISTS {own}")  # what an attempt that was killed left
                cursor.execute(f"CREATE INDEX CONCURRENTLY {own} ON {part} {columns}")
                cursor.execute(f"ALTER INDEX {name} ATTACH PARTITION {own}")
        else:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON signals_touch {columns}")
        cursor.execute(f"DROP INDEX IF EXISTS {gone[0]}")


def forwards(_, editor):
    """The wide one for the narrow one."""
    _replace(editor, NEW, OLD)


def backwards(_, editor):
    """The narrow one again."""
    _replace(editor, OLD, NEW)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("signals", "0014_past_topic_themes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.RemoveIndex("touch", "touch_account_occurred"),
                migrations.AddIndex(
                    "touch",
                    models.Index(
                        fields=["account", "occurred_at"],
                        include=[
                            "touch_type", "ignored", "minutes", "channel", "campaign", "contact", "received_at",
                            "known_from", "id",
                        ],
                        name="touch_account_covering",
                    ),
                ),
            ],
        )
    ]  # fmt: skip
