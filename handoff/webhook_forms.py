"""The form of a webhook endpoint."""

from typing import ClassVar

from django import forms

from handoff.models import WebhookEndpoint
from handoff.outgoing import AddressRefused, check
from handoff.webhooks import FOR_SLACK, TYPES


class EndpointForm(forms.ModelForm):
    """Where to, and what of."""

    url = forms.URLField(
        max_length=500, assume_scheme="https", label="Address", help_text="https, and outside of any network of ours."
    )
    event_types = forms.MultipleChoiceField(
        choices=[("*", "Everything, also what is added later"), *((name, name) for name in TYPES)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Events",
        help_text=f"None chosen: everything; for Slack {' and '.join(FOR_SLACK)}.",
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "kind", "url", "event_types")
        widgets: ClassVar = {"kind": forms.RadioSelect}

    def clean_url(self) -> str:
        """An address that may be asked; where its name leads is checked at each attempt."""
        url = str(self.cleaned_data["url"])
        try:
            check(url)
        except AddressRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return url
