"""How senior a person is and what kind of person, from title and department (domain.md §2). Pure.

Rules are data: whole words, several to a rule, the first rule that matches wins. Case, punctuation and dots in
abbreviations are ignored: "V.P., Sales" has the words `vp` and `sales`; "Vice-President" is `vice president`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN_SENIORITY = "other"

_ABBREVIATION = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_SEPARATORS = re.compile(r"[^\w&+#]+|_+")


def words(text: str) -> str:
    """The words of a text, lower-case, each with a space on both sides: ` vice president sales `; "" without any."""
    text = _ABBREVIATION.sub(lambda found: found[0].replace(".", "") + " ", text.casefold())
    found = _SEPARATORS.sub(" ", text).strip()
    return f" {found} " if found else ""


def phrases(text: str) -> tuple[str, ...]:
    """The comma separated phrases of a rule, each as `words` gives it."""
    return tuple(found for part in text.split(",") if (found := words(part)))


@dataclass(frozen=True, slots=True)
class SeniorityWords:
    """Any of these phrases in the title makes a person this senior."""

    seniority: str
    title: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonaWords:
    """A persona's rule: what it names must match, title and department both when both are named."""

    persona_id: int
    title: tuple[str, ...]
    department: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TitleRules:
    """All rules, in their order."""

    seniority: Sequence[SeniorityWords] = ()
    personas: Sequence[PersonaWords] = ()

    @classmethod
    def build(cls, seniority: Iterable[tuple[str, str]], personas: Iterable[tuple[int, str, str]]) -> "TitleRules":
        """From rows as stored: (seniority, words) and (persona id, title words, department words), in their order."""
        return cls(
            tuple(SeniorityWords(value, phrases(title)) for value, title in seniority),
            tuple(PersonaWords(persona, phrases(title), phrases(dept)) for persona, title, dept in personas),
        )

    def seniority_of(self, title: str) -> str:
        """The seniority that the first matching rule names, else `other`."""
        text = words(title)
        return next((rule.seniority for rule in self.seniority if _any_in(rule.title, text)), UNKNOWN_SENIORITY)

    def persona_of(self, title: str, department: str) -> int | None:
        """The persona of the first matching rule, else None."""
        in_title, in_department = words(title), words(department)
        for rule in self.personas:
            if not rule.title and not rule.department:
                continue
            if rule.title and not _any_in(rule.title, in_title):
                continue
            if rule.department and not _any_in(rule.department, in_department):
                continue
            return rule.persona_id
        return None


def _any_in(wanted: Sequence[str], text: str) -> bool:
    return any(phrase in text for phrase in wanted)
