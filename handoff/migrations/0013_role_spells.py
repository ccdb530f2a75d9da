"""When who had which role. The trigger's lock keeps writers out until those who have one now are in: as of always."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

PRESENT = """
INSERT INTO handoff_buyingrolespell (group_id, contact_id, role)
SELECT group_id, contact_id, role FROM handoff_buyinggroupmember WHERE status = 'validated'
ON CONFLICT DO NOTHING"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_mql_days_known"),
        ("handoff", "0012_notice_choices"),
    ]

    operations = [
        migrations.CreateModel(
            name="BuyingRoleSpell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("champion", "Champion"),
                            ("economic_buyer", "Economic buyer"),
                            ("decision_maker", "Decision maker"),
                            ("influencer", "Influencer"),
                            ("end_user", "End user"),
                            ("blocker", "Blocker"),
                        ],
                        max_length=14,
                    ),
                ),
                ("since", models.DateTimeField(help_text="Null: before roles had a history, so always.", null=True)),
                ("until", models.DateTimeField(help_text="Null: the person still has it.", null=True)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.AddField(
            model_name="buyingrolespell",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="role_spells", to="accounts.contact"
            ),
        ),
        migrations.AddField(
            model_name="buyingrolespell",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="role_spells", to="handoff.buyinggroup"
            ),
        ),
        migrations.AddConstraint(
            model_name="buyingrolespell",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("group", "contact", "role"),
                name="one_open_role_spell",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="buyinggroupmember",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_role_spells",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE moment timestamptz := now();",
                    func="\nIF TG_OP = 'UPDATE' AND (NEW.contact_id, NEW.role, NEW.status) = (OLD.contact_id, OLD.role, OLD.status) THEN\n    UPDATE handoff_buyingrolespell SET group_id = NEW.group_id\n    WHERE group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;\n    RETURN NULL;\nEND IF;\nIF TG_OP <> 'INSERT' AND OLD.status = 'validated' THEN\n    IF TG_OP = 'UPDATE' AND NEW.status <> 'validated' THEN\n        moment := COALESCE(NEW.decided_at, now());\n    END IF;\n    DELETE FROM handoff_buyingrolespell WHERE until IS NULL AND since > moment - interval '1 minute'\n        AND group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;\n    UPDATE handoff_buyingrolespell SET until = moment WHERE until IS NULL\n        AND group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;\nEND IF;\nIF TG_OP <> 'DELETE' AND NEW.status = 'validated' THEN\n    IF TG_OP = 'INSERT' OR OLD.status <> 'validated' THEN\n        moment := COALESCE(NEW.decided_at, NEW.created_at);\n    END IF;\n    INSERT INTO handoff_buyingrolespell (group_id, contact_id, role, since)\n    VALUES (NEW.group_id, NEW.contact_id, NEW.role, moment) ON CONFLICT DO NOTHING;\nEND IF;\nRETURN NULL;\n",
                    hash="52f7ca1698d6a73216e548907624be20904dc995",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_keep_role_spells_04fb9",
                    table="handoff_buyinggroupmember",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(PRESENT, migrations.RunSQL.noop),
    ]
