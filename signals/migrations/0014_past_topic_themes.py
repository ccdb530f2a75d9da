import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signals", "0013_fewer_indexes")]

    operations = [
        migrations.CreateModel(
            name="PastTopicTheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("known_until", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "theme",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="signals.theme",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_themes",
                        to="signals.intenttopic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["topic", "known_until", "id"], name="past_topic_theme")],
            },
        ),
    ]
