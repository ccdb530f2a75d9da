from django.db import migrations

from signals import starter


def install(apps, schema_editor) -> None:
    starter.install(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_said_at_and_merged"),
        ("signals", "0004_first_model"),
    ]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
