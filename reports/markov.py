"""Data-driven attribution by removal effects of a first-order Markov chain. Pure.

Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey (2016), equations of the first-order model:
the share of a channel is its removal effect, by how much the chance of conversion falls when every step into
the channel leads to no conversion, over the sum of all removal effects.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

START, WON, NOT_WON = "(start)", "(won)", "(not won)"
_ENDS = frozenset({START, WON, NOT_WON})
Matrix = list[list[float]]


def removal_shares(paths: Iterable[tuple[Sequence[str], bool]]) -> dict[str, float]:
    """Each channel's share of the credit; shares sum to 1. `paths` are (channels in order, whether it was won)."""
    steps: Counter[tuple[str, str]] = Counter()
    for channels, won in paths:
        if channels:
            steps.update(itertools.pairwise([START, *channels, WON if won else NOT_WON]))
    return shares_of_steps(steps)


def shares_of_steps(steps: Mapping[tuple[str, str], int]) -> dict[str, float]:
    """As `removal_shares`, of how often each step (here, there) was taken.

    Without a won path, or where no channel matters to any, every share is 0.
    """
    chain: dict[str, dict[str, float]] = defaultdict(dict)
    for (here, there), count in sorted(steps.items()):
        chain[here][there] = count
    for here, counts in chain.items():
        total = sum(counts.values())
        chain[here] = {there: count / total for there, count in counts.items()}
    effects: dict[str, float] = {}
    for states in _components(chain):
        effects |= _lost_without(chain, states)
    total = sum(effects.values())
    return {channel: effects[channel] / total if total else 0.0 for channel in sorted(effects)}


def _components(chain: Mapping[str, Mapping[str, float]]) -> list[list[str]]:
    """The channels, parted where no step leads from one part to another: each is a small chain of its own."""
    root = {state: state for state in chain if state != START}

    def find(state: str) -> str:
        while root[state] != state:
            root[state] = root[root[state]]
            state = root[state]
        return state

    for here, steps in chain.items():
        for there in steps:
            if here not in _ENDS and there not in _ENDS:
                root[find(here)] = find(there)
    parts: dict[str, list[str]] = defaultdict(list)
    for state in sorted(root):
        parts[find(state)].append(state)
    return list(parts.values())


def _lost_without(chain: Mapping[str, Mapping[str, float]], states: Sequence[str]) -> dict[str, float]:
    """How much of the chance to convert goes through each of these channels.

    That is the chance to come there at all, times the chance to convert from there. With N the fundamental matrix of the
    chain: the chance to come from i to j is N[i][j] / N[j][j].
    """
    size = len(states)
    place = {state: i for i, state in enumerate(states)}
    matrix = [[float(i == j) for j in range(size)] for i in range(size)]
    for here, i in place.items():
        for there, share in chain[here].items():
            if there in place:
                matrix[i][place[there]] -= share
    visits = _inverse(matrix)
    won = [chain[state].get(WON, 0.0) for state in states]
    converts = [sum(map(float.__mul__, row, won)) for row in visits]
    begins = [chain.get(START, {}).get(state, 0.0) for state in states]
    comes = [sum(begins[i] * visits[i][j] for i in range(size)) / visits[j][j] for j in range(size)]
    return {state: comes[j] * converts[j] for j, state in enumerate(states)}


def _inverse(matrix: Matrix) -> Matrix:
    """By Gauss and Jordan. Every path ends, so the matrix has an inverse; its diagonal dominates, so it needs no pivoting."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = rows[i][i]
        rows[i] = mine = [value / pivot for value in rows[i]]
        for j in range(size):
            if j != i and (factor := rows[j][i]):
                rows[j] = [value - factor * own for value, own in zip(rows[j], mine, strict=True)]
    return [row[size:] for row in rows]
