"""A user's choice of notices: for each kind whether it is in the bell, and whether and when it comes by e-mail."""

from typing import Any

from django import forms
from django.db import transaction

from accounts.models import User
from handoff.models import DigestChoice, NoticeChoice
from handoff.notify import KINDS, mail_by_itself

Mail = NoticeChoice.Mail


class NoticesForm(forms.Form):
    """One row a kind, then the digest's time."""

    every = forms.ChoiceField(choices=DigestChoice.Every.choices, label="The digest comes")
    hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, label="At", help_text="In your time zone."
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        self.user = user
        kept = {one.kind: one for one in NoticeChoice.objects.filter(user=user)}
        digest = DigestChoice.objects.filter(user=user).first() or DigestChoice(user=user)
        super().__init__(data, initial={"every": digest.every, "hour": digest.hour})
        for kind, words in KINDS.items():
            one = kept.get(kind)
            self.fields[f"bell_{kind}"] = forms.BooleanField(
                required=False, initial=one.bell if one else True, label=f"In the bell: {words}"
            )
            self.fields[f"mail_{kind}"] = forms.ChoiceField(
                choices=Mail.choices, initial=one.mail if one else mail_by_itself(kind), label=f"By e-mail: {words}"
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For the table: words, and the two fields."""
        return [
            {"words": words, "bell": self[f"bell_{kind}"], "mail": self[f"mail_{kind}"]}
            for kind, words in KINDS.items()
        ]

    @transaction.atomic
    def save(self) -> None:
        """Keeps what differs from what the desk does by itself: kinds that are added later follow that."""
        data, user = self.cleaned_data, self.user
        User.objects.select_for_update(no_key=True).get(
            pk=user.pk
        )  # pressed twice, it is saved twice, one after the other
        NoticeChoice.objects.filter(user=user).delete()
        chosen = [(kind, data[f"bell_{kind}"], data[f"mail_{kind}"]) for kind in KINDS]
        NoticeChoice.objects.bulk_create(
            NoticeChoice(user=user, kind=kind, bell=bell, mail=mail)
            for kind, bell, mail in chosen
            if not bell or mail != mail_by_itself(kind)
        )
        DigestChoice.objects.update_or_create(user=user, defaults={"every": data["every"], "hour": data["hour"]})
