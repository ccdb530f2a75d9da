from django.db import migrations, models


class Migration(migrations.Migration):
    """Evidence that a decision has is not stored a second time with the state."""

    dependencies = (("signals", "0008_data_upkeep"),)

    operations = (
        migrations.AlterField(
            model_name="centerstate",
            name="evidence",
            field=models.JSONField(
                default=dict,
                help_text="Null: see signals/telling.py, which has it from the decision or makes it.",
                null=True,
            ),
        ),
        # On the way back, before the column refuses nulls.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "UPDATE signals_centerstate s SET evidence = coalesce("
            "(SELECT d.evidence FROM signals_decision d WHERE d.id = s.decision_id), '{}') WHERE s.evidence IS NULL",
        ),
    )
