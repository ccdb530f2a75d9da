"""An index of what accounts were told to be targets, for reports of past days. Made concurrently, so that nothing waits."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0011_skipped_lines"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="accountfact",
            index=models.Index(
                condition=models.Q(("field", "is_target")), fields=["value", "account"], name="account_fact_target"
            ),
        ),
    ]
