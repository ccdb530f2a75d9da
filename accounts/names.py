"""How alike two company names are, as a suggestion to a person: never a match by itself (domain.md §8, "Matching"). Pure.

What a name is told by is left: without accents, case, signs, a leading "the" and its legal form ("GmbH & Co. KG", "Inc.").
Of what is left, the best of these, 0 to 100:

- letters in order, with and without spaces, words in any order (rapidfuzz);
- one begins with all words of the other ("Acme" and "Acme Software"): WITHIN;
- one is the initials of the other's three or more words ("IBM"): INITIALS.

Names with different numbers in them ("Studio 54", "Studio 55") are at most OTHER_NUMBER alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cleanco import basename
from rapidfuzz import fuzz

# From here on two names are worth a person's look; measured by tests/accounts/test_names.py.
LIKELY = 82.0
WITHIN = 84.0
INITIALS = 83.0
OTHER_NUMBER = 60.0
_INITIALS_WORDS = 3
# Shorter words than this say too little to be the beginning of another name.
_TELLING = 4

_APART = re.compile(r"[^\w]+|_+")
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "’": "'",
        "&": " and ",
    }
)
# Legal forms that cleanco does not take off: written out, or in front of the name.
_FORMS = tuple(
    tuple(form.split())
    for form in (
        "aktiengesellschaft", "gesellschaft mit beschrankter haftung", "kommanditgesellschaft", "limited liability company",
        "limited liability", "limited liability partnership", "limited partnership", "joint stock",
        "public limited company", "private limited company",
        "open joint stock company", "public joint stock company", "closed joint stock company", "joint stock company",
        "societe anonyme", "societe a responsabilite limitee", "sociedad anonima", "sociedad limitada", "sociedade anonima",
        "societa per azioni", "societatea cu raspundere limitata", "naamloze vennootschap", "besloten vennootschap",
        "aktiebolag", "aktieselskab", "ojsc", "pjsc", "jsc", "oao", "ooo", "zao", "srl", "spolka z oo",
        "общество с ограниченнои ответственностью", "акционерное общество", "публичное акционерное общество",  # noqa: RUF001
        "ооо", "оао", "зао", "пао",  # noqa: RUF001
    )
)  # fmt: skip
_JOINED = {"and", "und", "et", "y", "e", "og", "och", "en"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that may be meant: an account's id, what it is called, the names in front of its domains' suffixes."""

    id: int
    name: str
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How alike, 0 to 100, and which name or label says so."""

    id: int
    score: float
    by: str


def core(name: str) -> str:
    """What a company's name is told by: "The Müller & Söhne GmbH & Co. KG" is "muller sohne"; "" without any letter."""
    return _core(name)


def similarity(one: str, other: str) -> float:
    """How alike two names are, 0 to 100; symmetric, and 100 only for names with the same core."""
    left, right = _core(one), _core(other)
    if not left or not right:
        return 0.0
    if left == right:
        return 100.0
    if (a := left.replace(" ", "")) == (b := right.replace(" ", "")):
        return 99.0
    found = max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right), fuzz.ratio(a, b), _within(left, right))
    found = max(found, _initials(left, right))
    if re.findall(r"\d+", left) != re.findall(r"\d+", right):
        found = min(found, OTHER_NUMBER)
    return min(found, 98.0)


def suggest(name: str, candidates: Iterable[Candidate], *, least: float = LIKELY, most: int = 5) -> list[Suggestion]:
    """The candidates that are at least that much alike, the likeliest first; ties in the order of ids."""
    found = []
    for item in candidates:
        score, by = max((similarity(name, text), text) for text in (item.name, *item.labels))
        if score >= least:
            found.append(Suggestion(item.id, round(score, 1), by))
    return sorted(found, key=lambda one: (-one.score, one.id))[:most]


@lru_cache(maxsize=16_384)
def _core(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip()
    # Twice: "Acme Holdings Ltd. (UK)" and "Müller GmbH & Co. KG" carry more than one.
    bare = basename(basename(text)) if text else ""
    words = _words(bare) or _words(text)
    return " ".join(_without_forms(words))


def _without_forms(words: list[str]) -> list[str]:
    for form in _FORMS:
        size = len(form)
        if len(words) > size and tuple(words[-size:]) == form:
            words = words[:-size]
        elif len(words) > size and tuple(words[:size]) == form:
            words = words[size:]
    return words


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("'", "").replace(".", "")
    words = [word for word in _APART.split(plain) if word]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return [word for word in words if word not in _JOINED] or words


def _within(left: str, right: str) -> float:
    short, long = sorted((left.split(), right.split()), key=len)
    begins = len(short) < len(long) and long[: len(short)] == short
    return WITHIN if begins and len("".join(short)) >= _TELLING else 0.0


def _initials(left: str, right: str) -> float:
    for short, long in ((left, right), (right, left)):
        words = long.split()
        if len(words) >= _INITIALS_WORDS and short.replace(" ", "") == "".join(word[0] for word in words):
            return INITIALS
    return 0.0
