from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made concurrently, so that nothing waits."""

    atomic = False

    dependencies = (("signals", "0028_fewer_checks"),)

    operations = (
        AddIndexConcurrently(
            model_name="centerstate",
            index=models.Index(
                fields=["hand_raise_at"], condition=models.Q(hand_raise_at__isnull=False), name="state_hand_raised"
            ),
        ),
    )
