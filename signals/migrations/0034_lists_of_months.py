from django.db import migrations, models

_NUMBERS = ("on_days", "day_touches", "day_minutes", "people", "people_days", "campaign_days", "campaign_touches")


class Migration(migrations.Migration):
    """The lists of months are bytes; 0035 fills them in.

    The columns have no default: a loop of the version before, should it still run, fails to sum a month, and its notes stay to
    be taken by the one after it.
    """

    dependencies = (("signals", "0033_published_by_key"),)

    operations = (
        *(migrations.RemoveField("touchmonth", name) for name in (*_NUMBERS, "campaigns")),
        *(
            migrations.AddField("touchmonth", name, models.BinaryField(default=b""), preserve_default=False)
            for name in _NUMBERS
        ),
        migrations.AddField("touchmonth", "campaigns", models.TextField(default=""), preserve_default=False),
    )
