"""What came after a closed month goes by is found by an index of the months' moments, where all months were read for it.

Made concurrently, so that nothing waits. Killed anywhere it can be run again.
"""

from django.db import migrations, models

NAME = "touch_month_known"


class Migration(migrations.Migration):
    atomic = False

    dependencies = (("signals", "0035_fill_months"),)

    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # One that was killed leaves an index that is not valid.
                migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", migrations.RunSQL.noop),
                migrations.RunSQL(
                    f"CREATE INDEX CONCURRENTLY {NAME} ON signals_touchmonth (month, known_at) INCLUDE (account_id)",
                    f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    "touchmonth", models.Index(fields=["month", "known_at"], include=["account_id"], name=NAME)
                ),
            ],
        ),
    )
