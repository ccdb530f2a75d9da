from django.db import migrations, models

# All bits of each month that came: those of the number shifted over the lowest one of each, which are then taken times 31.
_SHIFTED = " | ".join(f"(excluded.first_days >> {by})" for by in range(5))
_LOWEST = sum(1 << 5 * month for month in range(12))
_NEW = f"((y.first_days & ~(31 * (({_SHIFTED}) & {_LOWEST}))) | excluded.first_days)"
_SUMMED = """
SELECT extract(year FROM month)::smallint, account_id,
       bit_or((round(ln((days & -days)::float8) / ln(2::float8))::bigint + 1) << 5 * (extract(month FROM month)::int - 1))
FROM {months} GROUP BY 1, 2"""
KEEP = f"""
CREATE FUNCTION signals_keep_first_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE signals_touchyear y SET first_days = y.first_days & ~w.months
        FROM (
            SELECT extract(year FROM month)::smallint AS year, account_id,
                   bit_or(31::bigint << 5 * (extract(month FROM month)::int - 1)) AS months
            FROM went GROUP BY 1, 2
        ) w WHERE y.year = w.year AND y.account_id = w.account_id;
    ELSE
        INSERT INTO signals_touchyear AS y (year, account_id, first_days) {_SUMMED.format(months="came")}
        ON CONFLICT (year, account_id) DO UPDATE SET first_days = {_NEW} WHERE y.first_days <> {_NEW};
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER months_came AFTER INSERT ON signals_touchmonth REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION signals_keep_first_days();
CREATE TRIGGER months_changed AFTER UPDATE ON signals_touchmonth REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION signals_keep_first_days();
CREATE TRIGGER months_went AFTER DELETE ON signals_touchmonth REFERENCING OLD TABLE AS went
FOR EACH STATEMENT EXECUTE FUNCTION signals_keep_first_days();
INSERT INTO signals_touchyear (year, account_id, first_days) {_SUMMED.format(months="signals_touchmonth")};
"""  # noqa: S608 - constants of this module alone
GONE = """
DROP TRIGGER months_went ON signals_touchmonth;
DROP TRIGGER months_changed ON signals_touchmonth;
DROP TRIGGER months_came ON signals_touchmonth;
DROP FUNCTION signals_keep_first_days();
"""


class Migration(migrations.Migration):
    """The first days of months by year, kept by triggers, so that a loop of the version before keeps them too.

    Summing waits for what there is to be filled in: about a second for a million months.
    """

    dependencies = (("signals", "0037_engagement_days"),)

    operations = (
        migrations.CreateModel(
            name="TouchYear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "year", "account_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("account_id", models.BigIntegerField()),
                ("first_days", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(KEEP, GONE),
    )
