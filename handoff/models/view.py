"""Views of the queue that people keep: filters and an order under a name, own or shared with a team."""

from django.db import models
from django.utils import timezone

from accounts.models import Team, User


class SavedView(models.Model):
    """What an address of the queue asks for, under a name. Who is in `team` sees it besides its owner."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, help_text="As in the address, in one fixed order.")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="saved_views")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_name"),
        )

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """With which view the queue opens for a user. One at most."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="default_view")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id}"
