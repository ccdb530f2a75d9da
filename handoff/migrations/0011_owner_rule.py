"""The one rule that a desk starts with: what enters the queue is its account's owner's."""

from django.db import migrations


def add(apps, schema_editor):
    rules = apps.get_model("handoff", "AssignmentRule").objects
    if not rules.exists():
        rules.create(name="The account’s owner", kind="owner", position=1)


class Migration(migrations.Migration):
    dependencies = [("handoff", "0010_assignment")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
