from importlib import import_module

from django.db import migrations

# As before, but of outbound touches too, which runs have and sums don't: they are noted as none more.
NOTE = """
LOCK TABLE signals_touch IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE FUNCTION signals_note_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date,
            CASE y.direction WHEN 'inbound' THEN t.campaign ELSE '' END, count(*) FILTER (WHERE y.direction = 'inbound')
        FROM came t JOIN signals_touchtype y ON y.id = t.touch_type_id
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '' AND y.direction = 'inbound') GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date,
            CASE y.direction WHEN 'inbound' THEN t.campaign ELSE '' END, -count(*) FILTER (WHERE y.direction = 'inbound')
        FROM went t JOIN signals_touchtype y ON y.id = t.touch_type_id
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '' AND y.direction = 'inbound') GROUP BY 1, 2, 3;
    ELSE
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date,
            CASE y.direction WHEN 'inbound' THEN t.campaign ELSE '' END,
            coalesce(sum(t.more) FILTER (WHERE y.direction = 'inbound'), 0)
        FROM (
            SELECT account_id, occurred_at, campaign, ignored, touch_type_id, 1 AS more FROM came
            UNION ALL SELECT account_id, occurred_at, campaign, ignored, touch_type_id, -1 FROM went
        ) t JOIN signals_touchtype y ON y.id = t.touch_type_id
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '' AND y.direction = 'inbound') GROUP BY 1, 2, 3;
    END IF;
    RETURN NULL;
END $$;
"""


def note_counted(_, editor):
    """The function as it was."""
    before = import_module("signals.migrations.0020_note_touch_changes").NOTE
    made = before[: before.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    editor.execute(made)


class Migration(migrations.Migration):
    """Triggers note what runs must take up. Whoever is writing touches is waited for, and writes on when that is done.

    What was there before is summed, and made into runs, by 0032, when all columns are there that are written.
    """

    atomic = False

    dependencies = (("signals", "0025_touch_runs"),)

    operations = (
        migrations.RunSQL(f"BEGIN; {NOTE} COMMIT;", migrations.RunSQL.noop),
        migrations.RunPython(migrations.RunPython.noop, note_counted),
    )
