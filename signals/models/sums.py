"""What reports ask of touches, summed (signals/sums.py): derived, exact together with `TouchChange`, and rebuilt at will."""

from django.db import models


class TouchMonth(models.Model):
    """The counted touches (inbound, not ignored) of an account in a UTC month, as they are read now.

    What is of several days, people or campaigns is bytes, as signals/month_frames.py says: a third of what arrays take, and sent
    as it is. `days` has bit n - 1 for the day n of the month.
    """

    pk = models.CompositePrimaryKey("account_id", "month")
    account_id = models.BigIntegerField()
    month = models.DateField(help_text="Its first day.")
    days = models.IntegerField()
    touches = models.IntegerField()
    minutes = models.DecimalField(max_digits=12, decimal_places=2)
    known_at = models.DateTimeField(help_text="When the last of it was received, or read as it is.")
    on_days = models.BinaryField()
    day_touches = models.BinaryField()
    day_minutes = models.BinaryField()
    people = models.BinaryField()
    people_days = models.BinaryField()
    campaigns = models.TextField()
    campaign_days = models.BinaryField()
    campaign_touches = models.BinaryField()

    class Meta:
        indexes = (
            models.Index(
                fields=["month", "account_id"], include=["days", "touches", "known_at"], name="touch_month_covering"
            ),
            models.Index(fields=["month", "known_at"], include=["account_id"], name="touch_month_known"),
        )

    def __str__(self) -> str:
        return f"account {self.account_id} in {self.month:%Y-%m}"


class TouchYear(models.Model):
    """Of each month of a UTC year the first day that an account's `TouchMonth` has; kept by triggers on them.

    Five bits a month, January's the lowest: the number of the day, 0 for a month without any.
    """

    pk = models.CompositePrimaryKey("year", "account_id")
    year = models.SmallIntegerField()
    account_id = models.BigIntegerField()
    first_days = models.BigIntegerField()

    def __str__(self) -> str:
        return f"account {self.account_id} in {self.year}"


class CampaignDay(models.Model):
    """The counted touches of a campaign on a UTC day, of any account or none."""

    pk = models.CompositePrimaryKey("campaign", "day")
    campaign = models.CharField(max_length=120)
    day = models.DateField()
    touches = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.campaign} on {self.day}"


class TouchChange(models.Model):
    """That touches came, changed or went, written by triggers in the transaction that did it, until it is summed.

    `touches`: how many more are counted. What it names of an account's month is read from the touches themselves as long as it
    is here.
    """

    account_id = models.BigIntegerField(null=True)
    day = models.DateField()
    campaign = models.CharField(max_length=120)
    touches = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.touches:+} on {self.day}"
