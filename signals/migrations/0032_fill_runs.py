from django.db import migrations

from signals import sums


def fill(*_):
    """What was there before; what comes meanwhile is noted."""
    sums.rebuild()


class Migration(migrations.Migration):
    """Sums and runs of what was there before there were any, or before runs had texts: a month at a time."""

    atomic = False

    dependencies = (("signals", "0031_texts_of_runs"),)

    operations = (migrations.RunPython(fill, migrations.RunPython.noop),)
