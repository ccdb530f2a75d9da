"""Fit and ICP status (domain.md section 3), criterion by criterion."""

from datetime import date

import polars as pl
import pytest
from pydantic import ValidationError

from accounts.criteria import Criterion
from accounts.fit import fit


def criterion(field="industry", operator="in", value=("Software",), *, id="a", **more):  # noqa: A002
    return Criterion.model_validate({"id": id, "field": field, "operator": operator, "value": value, **more})


def assess(account, *criteria, technologies=(), min_fit=50.0):
    accounts = pl.DataFrame([{"account_id": 1, **account}])
    schema = {"account_id": pl.Int64, "technology": pl.String, "status": pl.String}
    rows = pl.DataFrame(
        [{"account_id": 1, "technology": name, "status": status} for name, status in technologies], schema=schema
    )
    return fit(accounts, rows, criteria, min_fit=min_fit).to_dicts()[0]


def met(account, *args, technologies=(), **more):
    return assess(account, criterion(*args, **more), technologies=technologies)["met:a"]


@pytest.mark.parametrize(
    ("value", "operator", "wanted", "expected"),
    [
        ("Software", "in", ["software", "Retail"], True),
        (" SOFTWARE ", "in", ["software"], True),
        ("Mining", "in", ["software"], False),
        (None, "in", ["software"], None),
        ("  ", "in", ["software"], None),
        ("Mining", "not_in", ["software"], True),
        ("Software", "not_in", ["software"], False),
        (None, "not_in", ["software"], None),
        ("Enterprise Software", "contains", "soft", True),
        ("Hardware", "contains", "soft", False),
        ("a.b", "contains", "a?b", False),
        ("Mining", "is_known", None, True),
        (None, "is_known", None, None),
    ],
)
def test_text(value, operator, wanted, expected):
    assert met({"industry": value}, "industry", operator, wanted) is expected


@pytest.mark.parametrize(
    ("value", "operator", "wanted", "expected"),
    [
        (200, "at_least", 200, True), (199, "at_least", 200, False), (None, "at_least", 0, None),
        (200, "at_most", 200, True), (201, "at_most", 200, False), (None, "at_most", 200, None),
        (200, "between", [200, 1000], True), (1000, "between", [200, 1000], True), (1001, "between", [200, 1000], False),
        (199, "between", [200, 1000], False), (5, "in", [5, 7], True), (6, "in", [5, 7], False), (6, "not_in", [5], True),
        (None, "not_in", [5], None), (0, "is_known", None, True),
    ],
)  # fmt: skip
def test_numbers(value, operator, wanted, expected):
    assert met({"employees": value}, "employees", operator, wanted) is expected


@pytest.mark.parametrize(
    ("technologies", "field", "operator", "wanted", "expected"),
    [
        ([("SAP", "uses")], "technology_used", "in", ["sap", "oracle"], True),
        ([("SAP", "uses"), ("Jira", "uses")], "technology_used", "not_in", ["sap"], False),
        ([("Jira", "uses")], "technology_used", "not_in", ["sap"], True),
        ([("SAP", "evaluating")], "technology_used", "in", ["sap"], None),
        ([("SAP", "evaluating")], "technology_evaluating", "in", ["sap"], True),
        ([], "technology_used", "not_in", ["sap"], None),
        ([("SAP HANA", "uses")], "technology_used", "contains", "hana", True),
        ([("SAP HANA", "uses")], "technology_used", "is_known", None, True),
        ([], "technology_used", "is_known", None, None),
    ],
)
def test_technologies(technologies, field, operator, wanted, expected):
    assert met({}, field, operator, wanted, technologies=technologies) is expected


@pytest.mark.parametrize(("value", "expected"), [("present", True), ("past", True), ("never", False), (None, None)])
def test_present_and_past_customers(value, expected):
    assert met({"customer": value}, "customer", "in", ["present", "past"]) is expected


@pytest.mark.parametrize(
    ("value", "custom_type", "operator", "wanted", "expected"),
    [
        (5.0, "number", "at_least", 5, True),
        ("5", "number", "at_least", 5, True),
        ("many", "number", "at_least", 5, None),
        (True, "boolean", "in", [True], True),
        ("false", "boolean", "in", [True], False),
        (date(2026, 3, 1), "date", "at_least", "2026-03-01", True),
        ("2026-02-28", "date", "at_least", "2026-03-01", False),
        ("Gold", "text", "in", ["gold"], True),
    ],
)
def test_custom_fields_are_typed(value, custom_type, operator, wanted, expected):
    assert met({"custom.x": value}, "custom.x", operator, wanted, custom_type=custom_type) is expected


def test_a_custom_field_that_nobody_has_is_unknown():
    assert met({}, "custom.seats", "not_in", ["5"]) is None


SOFTWARE = {"field": "industry", "operator": "in", "value": ("Software",)}
BIG = {"field": "employees", "operator": "at_least", "value": 200}
DUTCH = {"field": "country", "operator": "in", "value": ("NL",)}


def made(spec, kind="scored", id_="a", weight=1.0):
    return Criterion(id=id_, kind=kind, weight=weight, **spec)


def test_fit_is_the_weight_met_of_all_scored_weight():
    found = assess(
        {"industry": "Software", "employees": 100, "country": "NL"},
        made(SOFTWARE, id_="a", weight=3),
        made(BIG, id_="b", weight=2),
        made(DUTCH, kind="required", id_="c", weight=50),
    )

    assert (found["fit"], found["icp"]) == (60.0, "in")


def test_without_scored_criteria_fit_is_100():
    assert assess({"country": "NL"}, made(DUTCH, kind="required"))["fit"] == 100.0
    assert assess({"country": "NL"})["icp"] == "in"


@pytest.mark.parametrize(
    ("industry", "kind", "icp"),
    [
        ("Software", "required", "in"), ("Mining", "required", "out"), (None, "required", "unknown"),
        ("Software", "exclusion", "out"), ("Mining", "exclusion", "in"), (None, "exclusion", "in"),
        ("Software", "scored", "in"), ("Mining", "scored", "out"), (None, "scored", "unknown"),
    ],
)  # fmt: skip
def test_icp_status_by_the_kind_of_one_criterion(industry, kind, icp):
    assert assess({"industry": industry}, made(SOFTWARE, kind=kind))["icp"] == icp


def test_fit_of_exactly_min_fit_is_in():
    account = {"industry": "Software", "employees": 10}

    assert assess(account, made(SOFTWARE), made(BIG, id_="b"))["icp"] == "in"
    assert assess(account, made(SOFTWARE), made(BIG, id_="b", weight=1.01))["icp"] == "out"


def test_it_is_out_when_even_the_unknown_could_not_lift_fit():
    account = {"industry": None, "employees": 10}

    assert assess(account, made(SOFTWARE), made(BIG, id_="b"))["icp"] == "unknown"
    assert assess(account, made(SOFTWARE), made(BIG, id_="b", weight=3))["icp"] == "out"


def test_one_required_unmet_is_out_whatever_is_unknown():
    found = assess(
        {"industry": None, "employees": 10}, made(SOFTWARE, kind="required"), made(BIG, kind="required", id_="b")
    )

    assert found["icp"] == "out"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"field": "shoe_size"}, "neither a field"),
        ({"field": "custom."}, "name the custom field"),
        ({"field": "industry", "operator": "at_least", "value": 3}, "does not suit"),
        ({"field": "employees", "operator": "contains", "value": "3"}, "does not suit"),
        ({"field": "employees", "operator": "at_least", "value": "many"}, "compared with numbers"),
        ({"field": "employees", "operator": "at_least", "value": True}, "compared with numbers"),
        ({"field": "employees", "operator": "between", "value": [1]}, "needs two"),
        ({"field": "employees", "operator": "between", "value": [9, 1]}, "above the upper"),
        ({"field": "employees", "operator": "at_least", "value": [1, 2]}, "exactly one"),
        ({"field": "industry", "operator": "in", "value": []}, "needs one"),
        ({"field": "industry", "operator": "in", "value": [" "]}, "compared with text"),
        ({"field": "industry", "operator": "is_known", "value": "x"}, "takes none"),
        ({"field": "customer", "operator": "in", "value": ["maybe"]}, "present, past, never"),
        ({"field": "industry", "operator": "in", "value": "x", "weight": 0}, "above 0"),
        ({"field": "industry", "operator": "in", "value": "x", "custom_type": "text"}, "only a custom field"),
        ({"field": "custom.d", "custom_type": "date", "operator": "at_least", "value": "soon"}, "YYYY-MM-DD"),
        ({"field": "custom.b", "custom_type": "boolean", "operator": "in", "value": "yes"}, "true or false"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(spec, message):
    with pytest.raises(ValidationError, match=message):
        Criterion.model_validate({"id": "a", "operator": "in", **spec})
