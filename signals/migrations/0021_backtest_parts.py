"""A backtest goes through parts of the centers, each with all its weeks. A run under way begins anew."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0020_note_touch_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="BacktestPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_center", models.BigIntegerField()),
                ("last_center", models.BigIntegerField()),
                ("centers", models.PositiveIntegerField()),
                (
                    "weeks",
                    models.JSONField(
                        default=list, help_text="What signals.backtest.Week reads, from the last week back."
                    ),
                ),
                (
                    "left_out",
                    models.JSONField(default=list, help_text="Centers whose facts could not be computed with."),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="signals.backtestrun"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.DeleteModel(
            name="BacktestWeek",
        ),
        migrations.AddIndex(
            model_name="backtestpart",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["id"], name="backtest_part_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="backtestpart",
            constraint=models.UniqueConstraint(fields=("run", "first_center"), name="backtest_part_once"),
        ),
    ]
