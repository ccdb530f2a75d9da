"""An admin edits a draft, sees what it would do, publishes and rolls back; others may look."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
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


def test_an_invalid_combination_is_refused_at_its_field(admin: Client, draft: ScoringModel) -> None:
    before = draft.config
    sent = fields(admin, draft, "gates") | {"gates.recent_days": "91"}
    response = admin.post(reverse("signals:edit", args=[draft.version, "gates"]), sent)
    assert response.status_code == 422
    assert response.context["form"].errors == {"gates.recent_days": ["91 days are more than the look-back of 90"]}
    draft.refresh_from_db()
    assert draft.config == before


def test_rules_are_added_and_removed(admin: Client, draft: ScoringModel) -> None:
    url = reverse("signals:edit", args=[draft.version, "policies"])
    admin.post(url, {"add": "target", "preset.target": "2 qualified leads"})
    draft.refresh_from_db()
    kinds = [rule["kind"] for rule in draft.config["policies"]["target"]["rules"]]
    assert kinds == ["persona_points", "qualified_leads"]
    admin.post(url, {"remove": "target.0"})
    draft.refresh_from_db()
    assert [rule["kind"] for rule in draft.config["policies"]["target"]["rules"]] == ["qualified_leads"]


def test_the_last_rule_can_not_be_removed(admin: Client, draft: ScoringModel) -> None:
    before = draft.config
    admin.post(reverse("signals:edit", args=[draft.version, "policies"]), {"remove": "target.0"})
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
    response = admin.post(url, {"kind": "required", "operator": "between", "typed": "many; 5", "weight": "1"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"typed": ["“many” is no number: write 1200 or 12.5."]}


def test_publishing_needs_a_comment_and_can_be_rolled_back(admin: Client, draft: ScoringModel) -> None:
    url = reverse("signals:publish", args=[draft.version])
    admin.post(url, {"comment": " "})
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


def test_compare_shows_what_differs(admin: Client, draft: ScoringModel) -> None:
    admin.post(
        reverse("signals:edit", args=[draft.version, "gates"]), fields(admin, draft, "gates") | {"min_fit": "60"}
    )
    response = admin.get(reverse("signals:compare", args=[1, draft.version]))
    assert response.context["changes"] == [("min_fit", 50.0, 60.0)]
