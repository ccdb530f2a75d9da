"""Forms of people at the desk: their own settings, and what a manager sets of them."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.users import absence, stand_ins
from handoff.forms import DayInput, UserChoice


class AbsenceForm(forms.ModelForm):
    """From when to when somebody is away, and who stands in."""

    stand_in = UserChoice(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody: back to the pool",
        help_text="Takes over what is open under a clock when the absence begins.",
    )

    class Meta:
        model = User
        fields: ClassVar = ["away_from", "away_until", "stand_in"]
        widgets: ClassVar = {"away_from": DayInput(), "away_until": DayInput()}
        labels: ClassVar = {"away_from": "Away from", "away_until": "Away until"}
        help_texts: ClassVar = {
            "away_from": "Empty: from today.",
            "away_until": "The last day. While away, nothing new goes to them, and open work moves on.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stand_in"].queryset = stand_ins(self.instance)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An absence has an end; one without a beginning begins today."""
        data = super().clean() or self.cleaned_data
        if not {"away_from", "away_until"} & self.errors.keys():
            try:
                data["away_from"], data["away_until"] = absence(data.get("away_from"), data.get("away_until"))
            except ValidationError as refusal:
                self.add_error(None, refusal)
        return data

    def save(self, commit: bool = True) -> User:
        """Writes what the form has and nothing else: another's change of the same user stays."""
        if commit:
            self.instance.save(update_fields=list(self._meta.fields or ()))
        return self.instance


class ProfileForm(AbsenceForm):
    """What a user may change of themselves."""

    class Meta(AbsenceForm.Meta):
        fields: ClassVar = ["name", "time_zone", *AbsenceForm.Meta.fields]
        help_texts: ClassVar = {
            "away_from": "Empty: from today.",
            "away_until": "The last day. While away, nothing new goes to you, and open work moves on.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
        )
        self.fields["time_zone"] = forms.ChoiceField(
            choices=[("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]
        )


class PersonForm(AbsenceForm):
    """What a manager sets of somebody."""

    class Meta(AbsenceForm.Meta):
        fields: ClassVar = ["capacity", *AbsenceForm.Meta.fields]
        labels: ClassVar = {**AbsenceForm.Meta.labels, "capacity": "Open accounts at most"}
        help_texts: ClassVar = {
            **AbsenceForm.Meta.help_texts,
            "capacity": "Beyond it assignment rules hand out nothing more. Empty: the desk's claim limit.",
        }
