"""Which version decided on a handoff, beside the decision: reports that narrow to one need not look decisions up."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("handoff", "0015_claim_limit_above_zero"),
        ("signals", "0038_first_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="handoff",
            name="model",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The version that decided so; a trigger takes it from the decision.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="signals.scoringmodel",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="handoff",
            trigger=pgtrigger.compiler.Trigger(
                name="model_of_decision",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                NEW.model_id := (SELECT model_id FROM signals_decision WHERE id = NEW.decision_id);\n                RETURN NEW;",
                    hash="0728303de5236e5a314781a1f94a43fa16dc12bf",
                    operation='INSERT OR UPDATE OF "decision_id"',
                    pgid="pgtrigger_model_of_decision_1c0a2",
                    table="handoff_handoff",
                    when="BEFORE",
                ),
            ),
        ),
    ]
