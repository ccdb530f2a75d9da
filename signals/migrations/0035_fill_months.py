from django.db import migrations

from signals import sums


def fill(*_):
    """What was there before; what comes meanwhile is noted."""
    sums.rebuild()


class Migration(migrations.Migration):
    """Sums and runs of what was there before there were any, or before they had all their columns: a month at a time."""

    atomic = False

    dependencies = (("signals", "0034_lists_of_months"),)

    operations = (migrations.RunPython(fill, migrations.RunPython.noop),)
