"""The desk's policy, reasons and templates of a new installation."""

from django.db import migrations

from handoff.starter import install


def forwards(apps, schema_editor):
    install(apps.get_model)


class Migration(migrations.Migration):
    dependencies = [("handoff", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
