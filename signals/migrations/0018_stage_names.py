from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0017_known_bots"),
    ]

    operations = [
        migrations.AlterField(
            model_name="centerstate",
            name="stage",
            field=models.CharField(blank=True, help_text="The name of a band of the model, or mqa.", max_length=40),
        ),
        migrations.AlterField(
            model_name="decision",
            name="stage",
            field=models.CharField(help_text="The name of a band of the model, or mqa.", max_length=40),
        ),
    ]
