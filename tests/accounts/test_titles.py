"""Seniority and persona by title rules. No database."""

import pytest

from accounts import starter
from accounts.titles import TitleRules, phrases, words

PERSONA_IDS = {name: number for number, name in enumerate(starter.PERSONAS)}
RULES = TitleRules.build(
    starter.SENIORITY_RULES,
    sorted((PERSONA_IDS[row.persona], row.title_words, row.department_words) for row in starter.PERSONA_RULES),
)


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("CEO & Founder", "c_level"),
        ("Co-Founder", "c_level"),
        ("C.F.O.", "c_level"),
        ("Chief Information Security Officer", "c_level"),
        ("President", "c_level"),
        ("Managing Director", "c_level"),
        ("Geschäftsführerin", "c_level"),
        ("Vice President, Finance", "vp"),
        ("Senior Vice-President Operations", "vp"),
        ("V.P., Sales", "vp"),
        ("SVP", "vp"),
        ("Head of IT", "director"),
        ("Sr. Director, Platform", "director"),
        ("Chief of Staff", "director"),
        ("IT Manager", "manager"),
        ("Team Lead DevOps", "manager"),
        ("Product Owner", "manager"),
        ("Software Engineer", "other"),
        ("Executive Assistant to the CEO", "other"),
        ("Marketing Manager Intern", "other"),
        ("Lead Generation Specialist", "other"),
        ("Managerial Accountant", "other"),
        ("Directory Services Engineer", "other"),
        ("", "other"),
    ],
)
def test_seniority_by_the_starter_rules(title: str, seniority: str) -> None:
    assert RULES.seniority_of(title) == seniority


@pytest.mark.parametrize(
    ("title", "department", "persona"),
    [
        ("CFO", "", starter.FINANCE),
        ("Analyst", "Accounting", starter.FINANCE),
        ("Procurement Manager", "", starter.FINANCE),
        ("CTO", "", starter.TECHNICAL),
        ("VP Engineering", "", starter.TECHNICAL),
        ("Director", "Engineering", starter.TECHNICAL),
        ("IT Manager", "", starter.TECHNICAL),
        ("COO", "", starter.OPERATIONS),
        ("Director", "Supply Chain", starter.OPERATIONS),
        ("Head of Marketing", "", starter.COMMERCIAL),
        ("CEO", "", starter.SPONSOR),
        ("Software Engineer", "Engineering", starter.PRACTITIONER),
        ("Gardener", "Grounds", None),
        ("", "", None),
    ],
)
def test_persona_by_the_starter_rules(title: str, department: str, persona: str | None) -> None:
    found = RULES.persona_of(title, department)
    assert found == (None if persona is None else PERSONA_IDS[persona])


def test_words_and_phrases() -> None:
    assert words("V.P., Sales/EMEA (North-West)") == " vp sales emea north west "
    assert words("C++ & R&D") == " c++ & r&d "
    assert words(" - ") == ""
    assert phrases(" Vice-President ,, VP,") == (" vice president ", " vp ")


def test_a_rule_that_names_both_needs_both_and_one_that_names_neither_never_holds() -> None:
    rules = TitleRules.build([], [(1, "", ""), (2, "director", "it"), (3, "director", "")])
    assert rules.persona_of("Director", "IT") == 2
    assert rules.persona_of("Director", "Italy") == 3
    assert rules.persona_of("Clerk", "IT") is None
