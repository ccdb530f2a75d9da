"""A further scope of keys; the column holds it already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_covered_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scope",
            field=models.CharField(
                choices=[
                    ("ingest", "Send events"),
                    ("read", "Read the API"),
                    ("write", "Read and write the API"),
                    ("configure", "Read, write and configure"),
                ],
                max_length=10,
            ),
        ),
    ]
