"""An admin edits a draft, sees what it would do, publishes and rolls back; others may look."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import CustomField, User
from signals.models import ModelPublication, ScoringModel
from signals.publishing import active_model, config_of, copy_to_draft
from tests.signals import given

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def draft() -> ScoringModel:
    return copy_to_draft(model=active_model(), by=None)


def fields(client: Client, draft: ScoringModel, tab: str) -> dict[str, object]:
    """What a browser would send of the tab's form without a change."""
    form = client.get(reverse("signals:edit", args=[draft.version, tab])).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_copying_makes_a_draft_and_changes_nothing_active(admin: Client) -> None:
    response = admin.post(reverse("signals:copy", args=[1]))
    assert response["Location"] == reverse("signals:edit", args=[2, "icp"])
    assert list(ScoringModel.objects.order_by("version").values_list("version", "status")) == [
        (1, "active"),
        (2, "draft"),
    ]


@pytest.mark.parametrize("tab", ["weights", "gates", "policies", "bands"])
def test_saving_a_tab_unchanged_changes_nothing(admin: Client, draft: ScoringModel, tab: str) -> None:
    before = draft.config
    response = admin.post(reverse("signals:edit", args=[draft.version, tab]), fields(admin, draft, tab))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.config == before


def test_a_value_is_saved_at_its_place(admin: Client, draft: ScoringModel) -> None:
    sent = fields(admin, draft, "weights") | {"tier_weights.high": "12", "type_weights.pricing_page": "15"}
    admin.post(reverse("signals:edit", args=[draft.version, "weights"]), sent)
    draft.refresh_from_db()
    config = config_of(draft)
    assert (config.tier_weights.high, config.weight_of("pricing_page"), config.weight_of("comparison")) == (12, 15, 12)


def test_a_touch_type_has_its_name_and_says_what_weighs_it_when_it_is_empty(admin: Client, draft: ScoringModel) -> None:
    form = admin.get(reverse("signals:edit", args=[draft.version, "weights"])).context["form"]
    said = {name: (form.fields[f"type_weights.{name}"].label, form.fields[f"type_weights.{name}"].help_text) for name in (
        "roi_calculator", "call",
    )}  # fmt: skip
    assert said == {
        "roi_calculator": ("ROI calculator", "High tier; empty: the tier's weight."),
        "call": ("Call", "Rep activity; empty: the weight of that. Default 0."),
    }


def test_an_invalid_combination_is_refused_at_its_field(admin: Client, draft: ScoringModel) -> None:
    before = draft.config
    sent = fields(admin, draft, "gates") | {"gates.recent_days": "91"}
    response = admin.post(reverse("signals:edit", args=[draft.version, "gates"]), sent)
    assert response.status_code == 422
    assert response.context["form"].errors == {"gates.recent_days": ["91 days are more than the look-back of 90"]}
    draft.refresh_from_db()
    assert draft.config == before


@pytest.mark.parametrize(
    ("tab", "sent", "errors"),
    [
        (
            "policies",
            {"policies.target.rules.0.days": "120"},
            {"policies.target.rules.0.days": ["120 days are more than the look-back of 90"]},
        ),
        (
            "policies",
            {"policies.other.rules.0.min_people": "0"},
            {"policies.other.rules.0.min_people": ["Input should be greater than or equal to 1"]},
        ),
        ("bands", {"bands.1.lower": "0"}, {"bands.1.lower": ["'consideration' must begin above 'awareness'"]}),
        (
            "gates",
            {"progression.momentum_days": "46"},
            {
                "progression.momentum_days": [
                    "this window and the one before it, 92 days are more than the look-back of 90"
                ]
            },
        ),
        (
            "weights",
            {"signal_weights.engagement": "0", "signal_weights.fit": "0"},
            {
                "signal_weights.engagement": [
                    "engagement or fit needs a weight above 0, since intent's is dropped while no source is connected"
                ]
            },
        ),
    ],
)
def test_every_section_says_what_cannot_hold_at_the_field(
    admin: Client, draft: ScoringModel, tab: str, sent: dict[str, str], errors: dict[str, list[str]]
) -> None:
    before = draft.config
    response = admin.post(reverse("signals:edit", args=[draft.version, tab]), fields(admin, draft, tab) | sent)
    assert (response.status_code, response.context["form"].errors) == (422, errors)
    draft.refresh_from_db()
    assert draft.config == before


def test_a_criterion_is_added_with_counts_changed_and_removed(admin: Client, draft: ScoringModel) -> None:
    given.account("Halden", industry="Logistics")
    given.account("Unknown")
    url = reverse("signals:criterion", args=[draft.version])
    page = admin.get(url + "?field=industry")
    assert (page.context["known"].values, page.context["known"].unknown) == ([("Logistics", 1)], 1)
    admin.post(url + "?field=industry", {"kind": "required", "operator": "in", "chosen": "Logistics", "weight": "1"})
    counts = admin.get(reverse("signals:edit", args=[draft.version, "icp"])).context["counts"]
    assert (counts.inside, counts.outside, counts.unknown, counts.criteria) == (1, 0, 1, {"industry-1": (1, 1)})
    admin.post(
        url + "?id=industry-1", {"kind": "exclusion", "operator": "in", "typed": "Retail; Logistics", "weight": "1"}
    )
    draft.refresh_from_db()
    assert [(c["kind"], c["value"]) for c in draft.config["criteria"]] == [("exclusion", ["Retail", "Logistics"])]
    admin.post(reverse("signals:criterion_remove", args=[draft.version]), {"id": "industry-1"})
    draft.refresh_from_db()
    assert draft.config["criteria"] == []


def test_a_number_criterion_shows_its_histogram_and_refuses_text(admin: Client, draft: ScoringModel) -> None:
    for employees in (10, 200, 5000):
        given.account(f"C{employees}", employees=employees)
    url = reverse("signals:criterion", args=[draft.version]) + "?field=employees"
    page = admin.get(url)
    assert sum(count for *_, count in page.context["known"].bins) == 3
    response = admin.post(url, {"kind": "required", "operator": "between", "low": "many", "high": "5", "weight": "1"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"low": ["Enter a number."]}


@pytest.mark.parametrize(
    ("field", "sent", "errors"),
    [
        ("employees", {"operator": "between", "low": "10"}, {"high": ["'between' needs two, the lower and the upper"]}),
        (
            "employees",
            {"operator": "between", "low": "9", "high": "5"},
            {"high": ["the lower bound is above the upper"]},
        ),
        ("employees", {"operator": "at_least"}, {"low": ["'at_least' needs one"]}),
        ("industry", {"operator": "in"}, {"typed": ["'in' needs one"]}),
        ("industry", {"operator": "contains", "typed": "a; b"}, {"typed": ["'contains' needs exactly one"]}),
        (
            "industry",
            {"operator": "is_known", "kind": "scored", "weight": "0"},
            {"weight": ["a scored criterion needs a weight above 0"]},
        ),
        (
            "industry",
            {"operator": "at_least", "typed": "x"},
            {"operator": ["Select a valid choice. at_least is not one of the available choices."]},
        ),
    ],
)
def test_what_does_not_go_together_is_refused_at_the_field_of_a_criterion(
    admin: Client, draft: ScoringModel, field: str, sent: dict[str, str], errors: dict[str, list[str]]
) -> None:
    before = draft.config
    url = reverse("signals:criterion", args=[draft.version]) + f"?field={field}"
    response = admin.post(url, {"kind": "required", "weight": "1", **sent})
    assert (response.status_code, response.context["form"].errors) == (422, errors)
    draft.refresh_from_db()
    assert draft.config == before


def test_accounts_in_the_icp_are_counted_as_one_types_and_nothing_is_saved(admin: Client, draft: ScoringModel) -> None:
    for employees in (10, 200, 5000):
        given.account(f"C{employees}", employees=employees)
    unknown = given.account("Unknown")
    given.touch(unknown, None, "pricing_page", timezone.now() - timedelta(days=1))
    before = draft.config
    url = reverse("signals:criterion", args=[draft.version]) + "?field=employees"
    sent = {"kind": "required", "operator": "between", "low": "10", "high": "200", "weight": "1", "do": "count"}

    typed = admin.post(url, sent, headers={"HX-Request": "true"})
    assert [template.name for template in typed.templates] == ["signals/criterion_count.html"]
    count = typed.context["count"]
    assert (count["with"].inside, count["with"].outside, count["with"].unknown) == (2, 1, 1)
    assert (count["without"].inside, count["met"], count["unknown"]) == (4, 2, 0.25)
    by_button = admin.post(url, sent)
    assert by_button.context["count"] == count
    assert by_button.context["form"]["high"].value() == "200"
    unfinished = admin.post(url, sent | {"high": ""}, headers={"HX-Request": "true"})
    assert (unfinished.status_code, unfinished.context["count"]) == (200, None)
    assert "Upper value: &#x27;between&#x27; needs two" in unfinished.content.decode()
    draft.refresh_from_db()
    assert draft.config == before


def test_a_criterion_opens_with_what_it_says_and_its_count(admin: Client, draft: ScoringModel) -> None:
    given.account("Big", employees=1200)
    url = reverse("signals:criterion", args=[draft.version])
    admin.post(
        url + "?field=employees",
        {"kind": "scored", "operator": "at_least", "low": "1000.5", "weight": "2", "label": "Big"},
    )
    page = admin.get(url + "?id=employees-1")
    form = page.context["form"]
    assert [form[name].value() for name in ("kind", "operator", "low", "weight", "label")] == [
        "scored",
        "at_least",
        "1000.5",
        "2",
        "Big",
    ]
    assert (page.context["count"]["with"].inside, page.context["count"]["met"]) == (1, 1)
    assert (
        "Employees is at least 1,000.5"
        in admin.get(reverse("signals:edit", args=[draft.version, "icp"])).content.decode()
    )


def test_custom_fields_offer_what_is_known_of_them(admin: Client, draft: ScoringModel) -> None:
    for key, kind in (("plan", "choice"), ("seats", "number"), ("partner", "boolean"), ("renewal", "date")):
        CustomField.objects.create(
            key=key, label=key.title(), kind=kind, choices=["Free", "Pro"] if key == "plan" else []
        )
    given.account("A", custom={"plan": "Pro", "seats": 5, "partner": True, "renewal": "2026-09-01"})
    given.account("B", custom={"seats": 50, "partner": False})
    url = reverse("signals:criterion", args=[draft.version])
    known = {
        key: admin.get(f"{url}?field=custom.{key}").context["known"] for key in ("plan", "seats", "partner", "renewal")
    }
    assert known["plan"].values == [("Pro", 1), ("Free", 0)]
    assert (known["seats"].low, known["seats"].high, sum(n for *_, n in known["seats"].bins)) == (5, 50, 2)
    assert known["partner"].values == [("yes", 1), ("no", 1)]
    assert [known[key].unknown for key in ("plan", "seats", "partner", "renewal")] == [1, 0, 0, 1]
    sent = {"kind": "required", "weight": "1", "do": "count"}
    for key, values, met in (
        ("plan", {"operator": "in", "chosen": "Pro"}, 1),
        ("seats", {"operator": "at_most", "low": "5"}, 1),
        ("partner", {"operator": "not_in", "chosen": "yes"}, 1),
        ("renewal", {"operator": "between", "low": "2026-09-01", "high": "2026-09-01"}, 1),
    ):
        page = admin.post(f"{url}?field=custom.{key}", sent | values)
        assert page.context["form"].errors == {}
        assert page.context["count"]["met"] == met


def test_publishing_needs_a_comment_and_can_be_rolled_back(admin: Client, draft: ScoringModel) -> None:
    url = reverse("signals:publish", args=[draft.version])
    refused = admin.post(url, {"comment": " "})
    assert refused.status_code == 422
    assert "Say in a comment what changes and why." in refused.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
    admin.post(url, {"comment": "Stricter"})
    assert active_model().version == draft.version
    admin.post(reverse("signals:publish", args=[1]), {"comment": "Too strict"})
    assert active_model().version == 1
    assert list(ModelPublication.objects.values_list("model__version", "comment", "is_rollback"))[:2] == [
        (1, "Too strict", True),
        (draft.version, "Stricter", False),
    ]


def test_a_published_version_is_not_saved(admin: Client) -> None:
    before = active_model().config
    admin.post(reverse("signals:edit", args=[1, "policies"]), {"add": "target", "preset.target": "2 qualified leads"})
    assert active_model().config == before


@pytest.mark.parametrize("role", ["sdr", "ae", "manager"])
def test_others_look_and_change_nothing(draft: ScoringModel, role: str) -> None:
    client = signed_in(role)
    before = draft.config
    assert client.get(reverse("signals:edit", args=[draft.version, "gates"])).status_code == 200
    assert client.get(reverse("signals:model")).status_code == 200
    for url, data in (
        (reverse("signals:copy", args=[1]), {}),
        (reverse("signals:edit", args=[draft.version, "gates"]), {"min_fit": "10"}),
        (reverse("signals:publish", args=[draft.version]), {"comment": "Mine"}),
        (reverse("signals:criterion_remove", args=[draft.version]), {"id": "x"}),
    ):
        assert client.post(url, data).status_code == 403
    draft.refresh_from_db()
    assert (draft.config, draft.status, ScoringModel.objects.count()) == (before, "draft", 2)


@pytest.mark.parametrize("name", ["whatif_of", "backtest"])
def test_previews_open_with_and_without_accounts(admin: Client, draft: ScoringModel, name: str) -> None:
    url = reverse(f"signals:{name}", args=[draft.version])
    assert admin.get(url).status_code == 200
    given.worked_example(domain="northwind.com")
    response = admin.get(url)
    assert response.status_code == 200
    assert b"style=" not in response.content


def test_decisions_open_in_words(admin: Client) -> None:
    from signals.actions import request_rescore
    from signals.rescore import rescore_due

    company = given.worked_example(domain="northwind.com")
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_due(now=given.NOW)
    page = admin.get(reverse("signals:decisions") + "?account=north&qualified=yes")
    (row,) = page.context["page"].object_list
    response = admin.get(reverse("desk:decision", args=[row.pk]))
    assert response.status_code == 200
    assert len(response.context["rungs"]) == 5


def test_any_two_versions_are_compared(admin: Client, draft: ScoringModel) -> None:
    assert admin.get(reverse("signals:compare_any"), {"left": draft.version, "right": 1})["Location"] == reverse(
        "signals:compare", args=[draft.version, 1]
    )
    for asked in ({}, {"left": "1", "right": "99"}, {"left": "1", "right": "x" * 40}, {"left": "1" * 40, "right": "1"}):
        assert admin.get(reverse("signals:compare_any"), asked)["Location"] == reverse("signals:model")


def test_compare_shows_what_differs(admin: Client, draft: ScoringModel) -> None:
    admin.post(
        reverse("signals:edit", args=[draft.version, "gates"]), fields(admin, draft, "gates") | {"min_fit": "60"}
    )
    response = admin.get(reverse("signals:compare", args=[1, draft.version]))
    assert response.context["changes"] == [("Fit at least", "50", "60")]
