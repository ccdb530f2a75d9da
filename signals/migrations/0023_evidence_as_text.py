from django.db import migrations, models


class Migration(migrations.Migration):
    """Evidence of decisions is kept as text; what is stored already stays as it is, and nothing is written anew.

    Rows of the size of most decisions are not packed: that took longer than storing them.
    """

    dependencies = (("signals", "0022_fewer_state_indexes"),)

    operations = (
        migrations.AddField(
            model_name="decision",
            name="kept",
            field=models.TextField(blank=True, db_default="", help_text="Names ids only; pages add the names."),
        ),
        migrations.AlterField(
            model_name="decision",
            name="evidence",
            field=models.JSONField(help_text="What decisions had before there was `kept`.", null=True),
        ),
        # On the way back, before the column refuses nulls.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "ALTER TABLE signals_decision DISABLE TRIGGER USER;"
            "UPDATE signals_decision SET evidence = kept::jsonb WHERE evidence IS NULL;"
            "ALTER TABLE signals_decision ENABLE TRIGGER USER",
        ),
        migrations.RunSQL(
            "ALTER TABLE signals_decision SET (toast_tuple_target = 4080)",
            "ALTER TABLE signals_decision RESET (toast_tuple_target)",
        ),
    )
