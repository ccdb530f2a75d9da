"""The first scoring model, and the table that drives rescoring made fit for a queue's life."""

from django.db import migrations

from signals.publishing_defaults import FIRST_COMMENT, first_config

# Rows come and go by the thousand: vacuum by count and not by share, or the head of the index fills with the dead.
TUNE = """
ALTER TABLE signals_rescorerequest SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE signals_centerstate SET (fillfactor = 70);
"""
UNTUNE = """
ALTER TABLE signals_rescorerequest RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, autovacuum_vacuum_cost_delay
);
ALTER TABLE signals_centerstate RESET (fillfactor);
"""


def install(apps, schema_editor):
    models = apps.get_model("signals", "ScoringModel")
    if models.objects.exists():
        return
    model = models.objects.create(version=1, status="active", config=first_config())
    apps.get_model("signals", "ModelPublication").objects.create(model=model, comment=FIRST_COMMENT)


class Migration(migrations.Migration):
    dependencies = [("signals", "0003_scoring_failures")]

    operations = [
        migrations.RunSQL(TUNE, UNTUNE),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
