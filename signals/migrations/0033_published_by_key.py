"""Which key published, where no person did."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_configure_scope"),
        ("signals", "0032_fill_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelpublication",
            name="api_key",
            field=models.ForeignKey(
                db_index=False,
                help_text="Where a key and no person did it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.apikey",
            ),
        ),
    ]
