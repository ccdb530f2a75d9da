"""Intent with the topics of a company side by side: a column a topic, or numbered topics and their scores. Pure.

Bombora's reports come as one of both once somebody has pivoted them; each score becomes a signal of its own.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.imports.fields import Row
from accounts.imports.fields import squeeze as squeeze_header
from accounts.imports.values import EMPTY, Unreadable

SCORES, TOPICS, TOPIC_SCORES = "topic_scores", "topics", "scores_of_topics"
_NUMBERED_TOPIC = re.compile(r"(?:surge|surging|intent|top)?topic(?:name)?(\d{1,3})(?:name)?")
_NUMBERED_SCORE = re.compile(
    r"(?:surge|surging|intent|top)?topic(\d{1,3})(?:composite|surge|companysurge|intent)?score"
    r"|(?:topic|composite|surge|intent|topicsurge|topiccomposite)?score(?:oftopic)?(\d{1,3})"
)
_SAID_AFTER = re.compile(
    r"[\s:|(\[–—_-]*\b(?:company\s*surge|composite|surge|intent|topic)?[\s_]*scores?\s*[)\]]?$", re.IGNORECASE
)
_SAID_BEFORE = re.compile(
    r"^(?:company\s*surge|composite|surge|intent|topic)[\s_]*scores?\s*[:|(\[–—_-]+\s*", re.IGNORECASE
)
# Columns of numbers that are no scores of a topic, by the whole of their name.
_OTHERS = re.compile(
    r"(?:.*\b(?:counts?|delta|change|trend|rank|ids?|zip|postal code|year|phone|naics|sic|latitude|longitude|bucket code"
    r"|signals|visits?|visitors|views|sessions|clicks|users|pages)\b.*"
    r"|(?:.*\b)?(?:metro|country|state)\b.*|(?:number|no\.?|nr\.?|#) ?(?:of )?.*|column \d+|.*%.*"
    r"|(?:annual |company |est\.? )?(?:revenue|size|employees|headcount|growth|turnover)(?: range| band| growth)?"
    r"|(?:overall |average |avg\.? |total |max(?:imum)? |mean |lead |fit |health |icp |account |company )?"
    r"(?:score|nps|age|week|month|quarter|day|weight|value|total|sum|tier|priority)s?)",
    re.IGNORECASE,
)
_NO_TOPIC = frozenset(
    {"", "average", "avg", "overall", "total", "max", "maximum", "lead", "fit", "health", "icp", "account", "company",
     "metro", "country", "state", "buyer intent", "buyer", "engagement", "predictive"}
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_SCORE = re.compile(r"\d{1,2}(?:[.,]\d+)?|100(?:[.,]0+)?")


def topic_of(column: str) -> str:
    """The topic that a column of scores is called by."""
    topic = _SAID_BEFORE.sub("", _SAID_AFTER.sub("", column))
    return (column if topic == column else topic.strip(" :()[]|_-–—") or column)[:160]


def score_columns(free: Mapping[int, str], samples: Sequence[Sequence[str]]) -> list[int]:
    """The columns that hold the scores of the topic they are called by.

    Those that say so in their name; else, if they are two or more, those that hold scores alone, and between them those of
    any numbers or nothing.
    """
    if _numbered(free, _NUMBERED_TOPIC):
        return []
    named = [at for at, name in free.items() if _says_score(name)]
    if named:
        return named
    like = {at: _like_scores(free[at], samples[at]) for at in free}
    sure = [at for at, share in like.items() if share == 1]
    if len(sure) < 2:
        return []
    return [at for at, share in like.items() if share == 1 or (sure[0] < at < sure[-1] and share is not None)]


def topic_columns(free: Mapping[int, str], samples: Sequence[Sequence[str]]) -> list[int]:  # noqa: ARG001 - as `spot` has it
    """The columns of numbered topics, in their order."""
    return [at for _, at in sorted(_numbered(free, _NUMBERED_TOPIC).items())]


def topic_score_columns(free: Mapping[int, str], samples: Sequence[Sequence[str]]) -> list[int]:  # noqa: ARG001
    """The columns of the scores of numbered topics, in their order."""
    return [at for _, at in sorted(_numbered(free, _NUMBERED_SCORE).items())]


def _numbered(free: Mapping[int, str], pattern: re.Pattern[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for at, name in free.items():
        if said := pattern.fullmatch(squeeze_header(name)):
            found.setdefault(int(next(filter(None, said.groups()))), at)
    return found


def _says_score(name: str) -> bool:
    topic = topic_of(name)
    return topic != name and topic.casefold() not in _NO_TOPIC and not _OTHERS.fullmatch(topic)


def _like_scores(name: str, cells: Sequence[str]) -> float | None:
    """The share of the cells that can be scores, 0 where all are empty; None for a column that holds something else."""
    said = [text for cell in cells if (text := cell.strip()) and text.casefold() not in EMPTY]
    if _OTHERS.fullmatch(name) or not all(_NUMBER.fullmatch(text) for text in said):
        return None
    return sum(1 for text in said if _SCORE.fullmatch(text)) / max(len(said), 1)


def parts(row: Row) -> list[Row]:
    """A row for each topic that the row has a score of; the row itself where topics have rows. Raises Unreadable."""
    said = row.values
    if not said.keys() & {SCORES, TOPICS, TOPIC_SCORES}:
        return [row]
    rest = {key: value for key, value in said.items() if key not in {SCORES, TOPICS, TOPIC_SCORES}}
    pairs = [(topic_of(name), score) for name, score in said.get(SCORES, ()) if score is not None]
    pairs += _numbered_pairs(said, has_level="level" in said)
    first: dict[str, tuple[str, float | None]] = {}
    for topic, score in pairs:
        if score is not None and not 0 <= score <= 100:
            raise Unreadable(f"Composite score “{score:g}” of “{topic}” is not between 0 and 100")
        first.setdefault(topic.casefold(), (topic, score))
    return [
        Row(
            row.line,
            row.cells,
            rest | {"topic": topic} | ({} if score is None else {"composite": score}),
            list(row.notes),
        )
        for topic, score in first.values()
    ]


def _numbered_pairs(said: Mapping[str, Any], *, has_level: bool) -> list[tuple[str, float | None]]:
    """Each topic with the score of its number; without numbers in the names, of its place."""
    scores = {
        _number(name, _NUMBERED_SCORE, place): score for place, (name, score) in enumerate(said.get(TOPIC_SCORES, ()))
    }
    found: list[tuple[str, float | None]] = []
    for place, (name, topic) in enumerate(said.get(TOPICS, ())):
        score = scores.get(_number(name, _NUMBERED_TOPIC, place))
        if topic is not None and score is None and not has_level:
            raise Unreadable(f"“{name}” has no score")
        if topic is not None:
            found.append((topic, score))
    return found


def _number(name: str, pattern: re.Pattern[str], place: int) -> str:
    said = pattern.fullmatch(squeeze_header(name))
    return str(int(next(filter(None, said.groups())))) if said else f"place {place}"
