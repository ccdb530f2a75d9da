from django.db import migrations


class Migration(migrations.Migration):
    """Filled sums and runs; 0034 does, since it writes all columns there are."""

    dependencies = (("signals", "0031_texts_of_runs"),)

    operations = ()
