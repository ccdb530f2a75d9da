"""How much each caller of the API asks: a row a caller (mqa_site/throttles.py)."""

from django.db import models


class ApiUse(models.Model):
    """Requests of one caller in one minute. The row is used again for the next minute."""

    caller = models.CharField(max_length=40, primary_key=True, help_text="key:<id> or user:<id>")
    minute = models.BigIntegerField(help_text="Minutes since 1970.")
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.caller}: {self.used}"
