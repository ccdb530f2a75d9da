"""The form of an assignment rule. Texts are given with commas between them."""

from typing import Any, ClassVar

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from accounts.models import Team, User
from handoff.forms import UserChoice
from handoff.models import AssignmentRule
from handoff.rule_actions import candidates


def _texts(label: str, help_text: str) -> SimpleArrayField:
    return SimpleArrayField(
        forms.CharField(max_length=120), required=False, label=label, help_text=help_text, max_length=200
    )


class RuleForm(forms.ModelForm):
    """For which accounts, and to whom."""

    person = UserChoice(queryset=User.objects.none(), required=False, empty_label="Nobody in particular")
    team = forms.ModelChoiceField(
        queryset=Team.objects.all(), required=False, empty_label="No team", help_text="Its SDRs take turns."
    )
    countries = _texts("Countries", "As the accounts have them, with commas between. Empty: any.")
    regions = _texts("Regions", "With commas between. Empty: any.")
    industries = _texts("Industries", "With commas between. Empty: any.")

    class Meta:
        model = AssignmentRule
        fields: ClassVar = [
            "name", "kind", "person", "team", "segment", "countries", "regions", "industries", "employees_from",
            "employees_to", "is_active",
        ]  # fmt: skip
        labels: ClassVar = {"kind": "Goes to", "segment": "Of", "is_active": "In use"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = candidates()  # type: ignore[attr-defined]
