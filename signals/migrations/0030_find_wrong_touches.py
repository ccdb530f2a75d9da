"""Touches that a person marked wrong are found by an index of them alone.

Made without holding up ingestion: partition by partition, concurrently. Killed anywhere it can be run again.
"""

from django.db import migrations, models

NAME = "touch_marked_wrong"
COLUMNS = "(occurred_at) WHERE ignored = 'wrong'"
_MISSING = """
SELECT i.inhrelid::regclass::text FROM pg_inherits i
WHERE i.inhparent = 'signals_touch'::regclass AND NOT EXISTS (
    SELECT 1 FROM pg_inherits x JOIN pg_index d ON d.indexrelid = x.inhrelid
    WHERE x.inhparent = %s::regclass AND d.indrelid = i.inhrelid) ORDER BY 1"""


def forwards(_, editor):
    """Make the index of each partition, and the one that has them all."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM signals_touch)")
        if not cursor.fetchone()[0]:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {NAME} ON signals_touch {COLUMNS}")
            return
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {NAME} ON ONLY signals_touch {COLUMNS}")
        cursor.execute(_MISSING, [NAME])
        for (part,) in cursor.fetchall():
            own = f"{part}_marked_wrong"
            cursor.execute(f"DROP INDEX IF EXISTS {own}")  # what an attempt that was killed left
            cursor.execute(f"CREATE INDEX CONCURRENTLY {own} ON {part} {COLUMNS}")
            cursor.execute(f"ALTER INDEX {NAME} ATTACH PARTITION {own}")


def backwards(_, editor):
    """Drop it with those of the partitions."""
    editor.execute(f"DROP INDEX IF EXISTS {NAME}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("signals", "0029_hand_raised")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.AddIndex(
                    "touch",
                    models.Index(fields=["occurred_at"], condition=models.Q(ignored="wrong"), name=NAME),
                ),
            ],
        )
    ]
