from django.db import migrations

MOST = 5_000
FILL = """
UPDATE handoff_handoff h SET model_id = d.model_id
FROM signals_decision d
WHERE d.id = h.decision_id AND h.model_id IS NULL AND h.id >= %s AND h.id < %s"""


def fill(apps, schema_editor):
    """Of what was there before the trigger, some thousand at a time: whoever moves one waits for no more."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM handoff_handoff")
        (last,) = cursor.fetchone()
        for first in range(0, last + 1, MOST):
            cursor.execute(FILL, [first, first + MOST])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("handoff", "0016_model_of_decision")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
