"""The forms of the desk: what each move asks for, notes, and the filters that live in the address.

A move's form answers `arguments()`: the keyword arguments of its action. Whether a move is allowed is not decided here
but by handoff/transitions.py.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Contact, User
from accounts.roles import Role
from handoff.models import Handoff, Note, Opportunity, Reason

CURRENCIES = [
    (code, code) for code in ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK")
]


class DayInput(forms.DateInput):
    """A day, with the browser's own picker."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class UserChoice(forms.ModelChoiceField):
    """People by name, with the day they are back when away."""

    def label_from_instance(self, obj: Any) -> str:
        """“Tom Okafor” or "Tom Okafor (away until Nov 30)"."""
        return f"{obj} (away until {obj.away_until:%b %-d})" if obj.is_away() else str(obj)


def people_of(*roles: Role) -> QuerySet[User]:
    """Active users of these roles, by name."""
    return User.objects.filter(is_active=True, role__in=[role.value for role in roles]).order_by("name", "id")


def reasons(kind: str) -> QuerySet[Reason]:
    """The reasons that an admin offers for `kind`, in their order."""
    return Reason.objects.filter(kind=kind, is_active=True).order_by("position", "id")


class MoveForm(forms.Form):
    """What a move asks for. Without fields it only confirms."""

    explanation: ClassVar[str] = ""
    submit: ClassVar[str] = ""
    danger: ClassVar[bool] = False

    def __init__(self, *args: Any, handoff: Handoff, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handoff, self.user = handoff, user
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values from `self.handoff`."""

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of the action."""
        return dict(self.cleaned_data)


class ReleaseForm(MoveForm):
    """Confirms a release."""

    explanation = "It goes back to the team's pool. Its clock goes on from where it was."
    submit = "Release"


class AssignForm(MoveForm):
    """Who it goes to."""

    submit = "Assign"
    to = UserChoice(queryset=User.objects.none(), label="Give it to", empty_label="Choose a person")

    def prepare(self) -> None:
        """SDRs before the pass, AEs after it."""
        late = self.handoff.state in {"passed", "accepted", "opportunity"}
        self.fields["to"].queryset = people_of(Role.AE if late else Role.SDR)  # type: ignore[attr-defined]


class PassForm(MoveForm):
    """The hand-over to an AE."""

    submit = "Pass to AE"
    ae = UserChoice(queryset=User.objects.none(), label="To", empty_label="Choose an AE")
    summary = forms.CharField(
        widget=_lines(4),
        max_length=5000,
        help_text="What the AE should know before the first call: pain, project, timing, people.",
    )
    next_step = forms.CharField(widget=_lines(2), max_length=2000, required=False, label="What you suggest next")

    def prepare(self) -> None:
        """The account's own AE first."""
        self.fields["ae"].queryset = people_of(Role.AE)  # type: ignore[attr-defined]
        self.fields["ae"].initial = self.handoff.ae_id or self.handoff.account.owner_ae_id
        self.fields["summary"].initial = self.handoff.summary
        self.fields["next_step"].initial = self.handoff.next_step


class _ReasonForm(MoveForm):
    kind: ClassVar[str] = ""
    reason = forms.ModelChoiceField(queryset=Reason.objects.none(), widget=forms.RadioSelect, empty_label=None)

    def prepare(self) -> None:
        """The active reasons of this kind."""
        self.fields["reason"].queryset = reasons(self.kind)  # type: ignore[attr-defined]


class ReturnForm(_ReasonForm):
    """Why the AE gives it back."""

    kind = "return"
    explanation = "It goes back to the SDR who passed it, with what you write here."
    submit = "Return to SDR"
    comment = forms.CharField(widget=_lines(3), max_length=2000, label="What is missing or wrong")


class RecycleForm(_ReasonForm):
    """Not now, but later."""

    kind = "recycle"
    explanation = "It leaves the desk and comes back by itself on the date, if it qualifies then."
    submit = "Recycle"
    comeback_on = forms.DateField(widget=DayInput(), label="Come back on")
    comment = forms.CharField(widget=_lines(2), max_length=2000, required=False)

    def prepare(self) -> None:
        """A quarter from now, unless somebody says otherwise."""
        super().prepare()
        today = timezone.localdate()
        self.fields["comeback_on"].initial = today + timedelta(days=90)
        self.fields["comeback_on"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()

    def clean_comeback_on(self) -> Any:
        """A day to come back lies ahead."""
        day = self.cleaned_data["comeback_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("This day is over. Choose one that is still to come.")
        return day


class DisqualifyForm(_ReasonForm):
    """Not for us."""

    kind = "disqualify"
    submit = "Disqualify"
    danger = True
    criterion = forms.CharField(
        max_length=80,
        required=False,
        label="Which criterion does not fit",
        help_text="Only where the reason is no fit.",
    )
    comment = forms.CharField(widget=_lines(2), max_length=2000, required=False)

    def clean(self) -> dict[str, Any]:
        """A reason of fit names its criterion."""
        data = super().clean() or {}
        reason = data.get("reason")
        if reason and reason.needs_criterion and not data.get("criterion", "").strip():
            self.add_error("criterion", f"“{reason}” needs the criterion that does not fit.")
        return data


class OpportunityForm(MoveForm):
    """An opportunity in two fields, or one that is already there."""

    submit = "Open opportunity"
    opportunity = forms.ModelChoiceField(
        queryset=Opportunity.objects.none(),
        required=False,
        label="An open one of this account",
        empty_label="A new one",
    )
    name = forms.CharField(max_length=200, required=False)
    amount = forms.DecimalField(min_value=0, max_digits=16, decimal_places=2, required=False)
    currency = forms.ChoiceField(choices=CURRENCIES, initial="USD", required=False)
    expected_close_on = forms.DateField(widget=DayInput(), required=False, label="Expected close")

    def prepare(self) -> None:
        """The account's open opportunities; a name to start from."""
        found = Opportunity.objects.filter(account=self.handoff.account, stage=Opportunity.Stage.OPEN)
        self.fields["opportunity"].queryset = found  # type: ignore[attr-defined]
        self.fields["name"].initial = str(self.handoff.account)
        self.fields["currency"].initial = self.handoff.account.annual_revenue_currency or "USD"
        if not found.exists():
            del self.fields["opportunity"]

    def clean(self) -> dict[str, Any]:
        """A new one needs its four facts (domain.md §5)."""
        data = super().clean() or {}
        if not data.get("opportunity"):
            for name in ("name", "amount", "currency", "expected_close_on"):
                if data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, "A new opportunity needs this.")
        return data


class WinForm(MoveForm):
    """What it was won for."""

    submit = "Won"
    amount = forms.DecimalField(min_value=0, max_digits=16, decimal_places=2)
    closed_on = forms.DateField(widget=DayInput(), label="Closed on")

    def prepare(self) -> None:
        """The opportunity's amount, today."""
        self.fields["closed_on"].initial = timezone.localdate()
        if self.handoff.opportunity:
            self.fields["amount"].initial = self.handoff.opportunity.amount
            self.fields["amount"].label = f"Amount in {self.handoff.opportunity.currency}"


class LoseForm(_ReasonForm):
    """Why it was lost."""

    kind = "loss"
    submit = "Lost"
    danger = True
    closed_on = forms.DateField(widget=DayInput(), label="Closed on")

    def prepare(self) -> None:
        """Today."""
        super().prepare()
        self.fields["closed_on"].initial = timezone.localdate()


class OutreachForm(MoveForm):
    """What a rep did; it counts for the clock and shows on the timeline."""

    submit = "Log it"
    KINDS: ClassVar = [
        ("call", "Call"),
        ("email_sent", "E-mail"),
        ("message_sent", "Message"),
        ("meeting_held", "Meeting held"),
    ]
    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, initial="call", label="What you did")
    minutes = forms.IntegerField(min_value=0, max_value=600, required=False, help_text="Empty: as usual for its kind.")
    contact = forms.ModelChoiceField(
        queryset=Contact.objects.none(), required=False, label="With", empty_label="Nobody in particular"
    )
    text = forms.CharField(widget=_lines(3), max_length=5000, required=False, label="What was said")

    def prepare(self) -> None:
        """People of the account whom one may contact."""
        people = Contact.objects.filter(account=self.handoff.account, do_not_contact=False, erased_at__isnull=True)
        self.fields["contact"].queryset = people.order_by("last_name", "first_name", "pk")  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """A note on an account."""

    LONGEST: ClassVar = 5000
    text = forms.CharField(widget=_lines(3), max_length=LONGEST, label="Note", help_text="@Name tells a colleague.")
    kind = forms.ChoiceField(choices=Note.Kind.choices, initial=Note.Kind.CONTEXT)
    pinned = forms.BooleanField(required=False, label="Pin it to the top")


class ListFilter(forms.Form):
    """Filters in the address. What cannot be read is left out, never an error page."""

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, auto_id="filter_%s", **kwargs)
        self.prepare()
        self.is_valid()

    def prepare(self) -> None:
        """What a form has to set up before its values are checked."""

    @property
    def values(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}
