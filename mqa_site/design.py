"""Made-up rows for the design-system page. Nothing here is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django import forms
from django.core.paginator import Paginator

from accounts.marks import GATES


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(max_length=80, help_text="As it stands on their letters.")
    email = forms.EmailField(label="E-mail")
    amount = forms.DecimalField(required=False, min_value=0)
    stage = forms.ChoiceField(choices=[("working", "Working"), ("passed", "Passed")])
    close = forms.DateField(label="Expected close", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    comment = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    reason = forms.ChoiceField(
        choices=[("procedural", "Procedural"), ("clerical", "Clerical"), ("definitional", "Definitional")],
        widget=forms.RadioSelect,
        required=False,
    )
    pinned = forms.BooleanField(required=False, label="Pin this note")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sample queue."""

    id: int
    name: str
    sub: str
    why: str
    block: str
    score: float | None
    signals: tuple[float | None, float | None, float | None]
    due: datetime | None
    points: list[tuple[float, float, float]]

    @property
    def qualified(self) -> bool | None:
        """None while not evaluated."""
        return None if self.score is None else not self.block


_ROWS = (
    (
        "Halden Freight Systems",
        "Target · Logistics · 1,200 people",
        "3 people in 5 days on integrations: VP revisited pricing twice; intent surging",
        ("", 84.2, (92, 78, 81), timedelta(minutes=41)),
    ),
    (
        "Corvane Health",
        "Target · Hospitals · 4,800 people",
        "Demo request by the director of IT; one more person would make it an MQA",
        ("spread", 66.0, (88, 61, 55), timedelta(minutes=-130)),
    ),
    (
        "Pellham & Roy",
        "Legal services · 640 people",
        "4 people in 11 days on security; two key personas at 104 points",
        ("", 79.4, (74, 96, 34), timedelta(hours=3)),
    ),
    (
        "Ostrava Glassworks",
        "Target · Manufacturing · 2,100 people",
        "Finance joined this week: CFO read the ROI case study after the webinar",
        ("", 77.0, (95, 66, 52), timedelta(days=1)),
    ),
    (
        "Lindqvist Energy · EMEA IT",
        "Target · Utilities · 9,300 people",
        "Buying center of 5 on migration; the rest of the account is quiet",
        ("direction", 74.0, (90, 58, 64), timedelta(days=3)),
    ),
    (
        "Brightwater Foods",
        "Food · 880 people",
        "Added today by import",
        ("", None, (None, None, None), None),
    ),
)


def points(seed: int, heat: float) -> list[tuple[float, float, float]]:
    """90 days of points by tier, the later the busier."""
    random, days = Random(seed), []  # noqa: S311 - a picture, not a secret
    for index in range(90):
        total = random.random() ** 4 * 6 + max(0, (index - 60) / 30) * random.random() * 24 * heat
        total = total if random.random() < 0.25 + heat * index / 130 else 0.0
        days.append((round(total * 0.5, 1), round(total * 0.32, 1), round(total * 0.18, 1)))
    return days


def rows(now: datetime, count: int) -> list[Row]:
    """`count` rows, the sample ones over and over."""
    made = []
    for index in range(count):
        name, sub, why, (block, score, signals, due) = _ROWS[index % len(_ROWS)]
        drawn = points(index, 0.9) if score is not None else []
        made.append(Row(index, name, sub, why, block, score, signals, now + due if due else None, drawn))
    return made


def context(now: datetime) -> dict[str, Any]:
    """Everything that templates/design.html shows, as of `now`."""
    today = now.astimezone(UTC).date()
    days = [(today - timedelta(days=89 - index), *tiers) for index, tiers in enumerate(points(9, 1.0))]
    people = [
        ("Dana Whitlock", [today - timedelta(days=n) for n in (19, 11, 6, 5)]),
        ("Marek Ilić", [today - timedelta(days=n) for n in (23, 8)]),
        ("Sofie Brandt", [today - timedelta(days=n) for n in (31, 27, 12)]),
    ]
    return {
        "now": now,
        "few": rows(now, 6),
        "none": [],
        "gate_names": GATES,
        "page": Paginator(range(1204), 25).page(2),
        "days": days,
        "people": people,
        "qualified_at": now - timedelta(days=6, hours=2),
        "strips": [points(1, 1.0), points(2, 0.1), []],
        "form": SampleForm(initial={"name": "Halden Freight Systems"}),
        "refused": SampleForm({"name": "", "email": "dana@", "stage": "working", "amount": "-4"}, auto_id="bad_%s"),
        "rungs": [
            {
                "name": "Relevance",
                "state": "pass",
                "text": "In the ICP: fit 92. Logistics, 1,200 people, uses SAP",
                "measured": "92 / 50",
            },
            {
                "name": "Cluster",
                "state": "pass",
                "text": "7 person-days within 5 days, Nov 11 to 15",
                "measured": "7 / 3",
            },
            {
                "name": "Spread",
                "state": "block",
                "text": "One person: VP Operations",
                "measured": "1 / 2",
                "missing": "One more person; director or above would also do",
            },
            {
                "name": "Direction",
                "state": "unreached",
                "text": "81 % of points on integrations",
                "measured": "0.81 / 0.4",
            },
            {"name": "Threshold", "state": "unreached", "text": "Score 66; no rule holds", "measured": "66 / 70"},
        ],
        "roles": [
            {
                "label": "Champion",
                "state": "filled",
                "chip": "1 of 1",
                "members": [{"name": "Marek Ilić", "sub": "Director IT · 2 days ago"}],
            },
            {
                "label": "Decision maker",
                "state": "filled",
                "chip": "1 of 1",
                "members": [{"name": "Dana Whitlock", "sub": "VP Operations · today"}],
            },
            {
                "label": "Economic buyer",
                "state": "gap",
                "chip": "nobody",
                "members": [],
                "text": "No one from finance has been seen.",
            },
            {
                "label": "Influencer",
                "state": "suggested",
                "chip": "suggested",
                "members": [{"name": "Sofie Brandt", "sub": "Manager Logistics · 8 days ago"}],
            },
        ],
        "notes": [
            {
                "author": "Priya N.",
                "kind": "call",
                "at": now - timedelta(minutes=12),
                "text": "Dana confirms a Q1 project. Budget sits with finance, name to come. @Tom",
                "pinned": True,
            },
            {
                "author": "Marketing",
                "kind": "context",
                "at": now - timedelta(days=1, hours=3),
                "text": "Whole team joined the integrations webinar.",
                "pinned": False,
            },
        ],
        "moments": [
            now - timedelta(seconds=20),
            now - timedelta(minutes=12),
            now - timedelta(hours=3),
            now - timedelta(days=1),
            now - timedelta(days=12),
            now - timedelta(days=80),
        ],
        "dues": [
            now + timedelta(minutes=41),
            now + timedelta(hours=2),
            now + timedelta(days=1),
            now + timedelta(days=4),
            now - timedelta(minutes=9),
            now - timedelta(days=3),
        ],
    }
