from django.db import migrations, models


class Migration(migrations.Migration):
    """Runs have the channel and the campaign of each touch too; 0032 fills them in.

    The columns have no default: a loop of the version before, should it still run, fails to empty a run, and its notes stay
    to be taken by the one after it. Else it would make runs without them.
    """

    dependencies = (("signals", "0030_find_wrong_touches"),)

    operations = (
        migrations.AddField("touchrun", "channels", models.TextField(default=""), preserve_default=False),
        migrations.AddField("touchrun", "campaigns", models.TextField(default=""), preserve_default=False),
    )
