from django.db import migrations, transaction

CHUNK = 5_000

# In the order of ids, as scorers lock them.
_EMPTY = """
WITH mine AS (
    SELECT s.center_id FROM signals_centerstate s
    WHERE s.center_id > %s AND s.why <> '' AND NOT s.qualified AND s.unqualified_since IS NULL
        AND s.hand_raise_touch_id IS NULL AND NOT EXISTS (SELECT FROM signals_transition t WHERE t.center_id = s.center_id)
    ORDER BY s.center_id LIMIT %s FOR NO KEY UPDATE OF s
), gone AS (
    UPDATE signals_centerstate s SET why = '' FROM mine WHERE s.center_id = mine.center_id RETURNING s.center_id
)
SELECT max(center_id) FROM gone"""


def empty_lines(apps, schema_editor):
    """A chunk a transaction, from the lowest id to the highest."""
    last = 0
    while last is not None:
        with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(_EMPTY, [last, CHUNK])
            (last,) = cursor.fetchone()


class Migration(migrations.Migration):
    """Of a center that never came before the desk nobody reads the line; who has one keeps it.

    On the way back evaluations tell it again.
    """

    atomic = False
    dependencies = (("signals", "0026_note_all_touch_changes"),)
    operations = (migrations.RunPython(empty_lines, migrations.RunPython.noop),)
