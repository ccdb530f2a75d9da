"""Traits by the names of the specification, as fields of ours. No database."""

from decimal import Decimal

import pytest

from signals.ingest.traits import as_count, as_money, company_domains, company_fields, custom_value, person_fields


def test_traits_of_a_person() -> None:
    assert person_fields({"firstName": " Jo ", "last_name": "Doe", "title": "CTO", "phone": 123, "age": 4}) == {
        "first_name": "Jo",
        "last_name": "Doe",
        "title": "CTO",
        "phone": "123",
    }
    assert person_fields({"name": "Jo van der Doe", "jobTitle": "VP"}) == {
        "first_name": "Jo",
        "last_name": "van der Doe",
        "title": "VP",
    }
    assert person_fields({"name": "X Y", "firstName": "Jo", "title": {"a": 1}, "department": ""}) == {
        "first_name": "Jo"
    }
    assert person_fields({"title": "x" * 400})["title"] == "x" * 150


def test_traits_of_a_company() -> None:
    assert company_fields(
        {
            "name": "Initech",
            "industry": "Technology",
            "employees": 329,
            "Annual Revenue": "5,000,000",
            "website": "initech.com",
            "address": {"country": "USA", "city": "Austin", "postalCode": "1"},
            "plan": "enterprise",
        }
    ) == {
        "name": "Initech",
        "industry": "Technology",
        "employees": 329,
        "annual_revenue": Decimal("5000000.00"),
        "website": "initech.com",
        "country": "USA",
        "city": "Austin",
    }


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (329, 329),
        ("329", 329),
        ("1,200", 1200),
        (12.0, 12),
        ("51-200", None),
        (-1, None),
        (True, None),
        (None, None),
        (2**40, None),
    ],
)
def test_counts(value: object, count: int | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (5_000_000, "5000000.00"),
        ("$5,000,000", "5000000.00"),
        ("5M", "5000000.00"),
        ("USD 2.5 billion", "2500000000.00"),
        ("€ 10k", "10000.00"),
        ("a lot", None),
        (-5, None),
        (True, None),
        (1e300, None),
        ("1.2.3", None),
    ],
)
def test_amounts(value: object, amount: str | None) -> None:
    assert as_money(value) == (Decimal(amount) if amount else None)


def test_the_domains_of_a_group() -> None:
    assert company_domains({"website": "https://www.acme.com/x", "domain": "acme.de"}, "g") == ("acme.de", "acme.com")
    assert company_domains({"email": "info@acme.com"}, "g") == ("acme.com",)
    assert company_domains({}, "acme.com") == ("acme.com",)
    assert company_domains({"website": "https://localhost"}, "g1") == ()
    assert company_domains({"website": "acme.com", "email": "x@gmail.com"}, "g1") == ("acme.com",)


def test_values_of_custom_fields() -> None:
    assert custom_value("number", [], 3) == 3
    assert custom_value("number", [], "3") is None
    assert custom_value("boolean", [], True) is True
    assert custom_value("boolean", [], 1) is None
    assert custom_value("choice", ["a"], "a") == "a"
    assert custom_value("choice", ["a"], "b") is None
    assert custom_value("date", [], "2026-11-20T10:00:00Z") == "2026-11-20"
    assert custom_value("date", [], "soon") is None
    assert custom_value("text", [], 5) == "5"
    assert custom_value("text", [], "") is None
