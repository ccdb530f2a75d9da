"""Who gets the dashboard by mail."""

from django.db import models
from django.utils import timezone

from accounts.models import Team, User


class ReportMail(models.Model):
    """That a user has the dashboard mailed on a day of each week; `due_at` is the next time."""

    class Weekday(models.IntegerChoices):
        """ISO weekdays."""

        MONDAY = 1, "Monday"
        TUESDAY = 2, "Tuesday"
        WEDNESDAY = 3, "Wednesday"
        THURSDAY = 4, "Thursday"
        FRIDAY = 5, "Friday"
        SATURDAY = 6, "Saturday"
        SUNDAY = 7, "Sunday"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="report_mail")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    segment = models.CharField(max_length=10, blank=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    retry_at = models.DateTimeField(null=True, help_text="When it is tried again, while it could not be written.")
    error = models.CharField(max_length=300, blank=True, help_text="Why it could not be written the last time.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(weekday__gte=1, weekday__lte=7), name="report_mail_weekday"),
        )

    def __str__(self) -> str:
        return f"{self.user} on {self.get_weekday_display()}s"
