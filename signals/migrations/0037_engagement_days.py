"""The points that the Account Engagement Scores of a day go by are kept. Of the last day compared they are about those of now."""

from django.db import migrations, models

KEEP = """
INSERT INTO signals_engagementday (day, centers, points)
SELECT r.day, s.centers, s.points
FROM (SELECT max(day) AS day FROM signals_dailyrun WHERE compared_at IS NOT NULL) r, (
    SELECT string_agg(int8send(center_id), '' ORDER BY center_id) AS centers,
           string_agg(int8send(points_micro), '' ORDER BY center_id) AS points
    FROM signals_centerstate WHERE points_micro IS NOT NULL
) s WHERE r.day IS NOT NULL AND s.centers IS NOT NULL"""


class Migration(migrations.Migration):
    dependencies = (("signals", "0036_months_by_moment"),)

    operations = (
        migrations.CreateModel(
            name="EngagementDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("centers", models.BinaryField()),
                ("points", models.BinaryField(help_text="Millionths.")),
            ],
            options={"ordering": ("-day",)},
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    )
