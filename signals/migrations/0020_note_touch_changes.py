from django.db import migrations

# Once a statement, not once a touch. A type that changes its direction changes what counts of its touches.
NOTE = """
CREATE FUNCTION signals_note_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date, t.campaign, count(*)
        FROM came t JOIN signals_touchtype y ON y.id = t.touch_type_id AND y.direction = 'inbound'
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '') GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date, t.campaign, -count(*)
        FROM went t JOIN signals_touchtype y ON y.id = t.touch_type_id AND y.direction = 'inbound'
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '') GROUP BY 1, 2, 3;
    ELSE
        INSERT INTO signals_touchchange (account_id, day, campaign, touches)
        SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date, t.campaign, sum(t.more)
        FROM (
            SELECT account_id, occurred_at, campaign, ignored, touch_type_id, 1 AS more FROM came
            UNION ALL SELECT account_id, occurred_at, campaign, ignored, touch_type_id, -1 FROM went
        ) t JOIN signals_touchtype y ON y.id = t.touch_type_id AND y.direction = 'inbound'
        WHERE t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '') GROUP BY 1, 2, 3;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touches_came AFTER INSERT ON signals_touch REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION signals_note_touches();
CREATE TRIGGER touches_went AFTER DELETE ON signals_touch REFERENCING OLD TABLE AS went
FOR EACH STATEMENT EXECUTE FUNCTION signals_note_touches();
CREATE TRIGGER touches_changed AFTER UPDATE ON signals_touch REFERENCING OLD TABLE AS went NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION signals_note_touches();

CREATE FUNCTION signals_note_direction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What is being written is counted by its trigger one way or the other.
    LOCK TABLE signals_touch IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO signals_touchchange (account_id, day, campaign, touches)
    SELECT t.account_id, (t.occurred_at AT TIME ZONE 'UTC')::date, t.campaign,
           CASE NEW.direction WHEN 'inbound' THEN count(*) ELSE -count(*) END
    FROM signals_touch t
    WHERE t.touch_type_id = NEW.id AND t.ignored = '' AND (t.account_id IS NOT NULL OR t.campaign <> '') GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE TRIGGER direction_changed AFTER UPDATE OF direction ON signals_touchtype FOR EACH ROW
WHEN (OLD.direction IS DISTINCT FROM NEW.direction) EXECUTE FUNCTION signals_note_direction();
"""
GONE = """
DROP TRIGGER direction_changed ON signals_touchtype;
DROP FUNCTION signals_note_direction();
DROP TRIGGER touches_changed ON signals_touch;
DROP TRIGGER touches_went ON signals_touch;
DROP TRIGGER touches_came ON signals_touch;
DROP FUNCTION signals_note_touches();
"""


class Migration(migrations.Migration):
    """Triggers note what the sums of touches must take up. The lock on touches is held for no longer than making them.

    What was there before them is summed by 0032, when all tables are there that summing writes to.
    """

    atomic = False

    dependencies = (("signals", "0019_touch_sums"),)

    operations = (migrations.RunSQL(f"BEGIN; {NOTE} COMMIT;", f"BEGIN; {GONE} COMMIT;"),)
