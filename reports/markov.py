"""Data-driven attribution by removal effects of a first-order Markov chain. Pure.

Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey (2016), equations of the first-order model:
the share of a channel is its removal effect, by how much the chance of conversion falls when every step into
the channel leads to no conversion, over the sum of all removal effects.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

START, WON, NOT_WON = "(start)", "(won)", "(not won)"
MAX_ROUNDS = 10_000
CLOSE_ENOUGH = 1e-13


def removal_shares(paths: Iterable[tuple[Sequence[str], bool]]) -> dict[str, float]:
    """Each channel's share of the credit; shares sum to 1.

    `paths` are (channels in order, whether it was won). Without a won path, or where no channel matters to any,
    every share is 0.
    """
    chain = _chain(paths)
    channels = sorted({state for state in chain if state != START})
    whole = _conversion(chain, removed=None)
    if not whole:
        return dict.fromkeys(channels, 0.0)
    effects = {channel: max(0.0, 1 - _conversion(chain, removed=channel) / whole) for channel in channels}
    total = sum(effects.values())
    return {channel: effect / total if total else 0.0 for channel, effect in effects.items()}


def _chain(paths: Iterable[tuple[Sequence[str], bool]]) -> dict[str, dict[str, float]]:
    steps: dict[str, Counter[str]] = defaultdict(Counter)
    for channels, won in paths:
        if not channels:
            continue
        states = [START, *channels, WON if won else NOT_WON]
        for here, there in itertools.pairwise(states):
            steps[here][there] += 1
    return {
        here: {there: count / sum(counts.values()) for there, count in counts.items()} for here, counts in steps.items()
    }


def _conversion(chain: dict[str, dict[str, float]], *, removed: str | None) -> float:
    """The chance to end in WON from START, by Gauss-Seidel sweeps; a removed channel never converts."""
    chance = dict.fromkeys(chain, 0.0)
    for _ in range(MAX_ROUNDS):
        moved = 0.0
        for here, steps in chain.items():
            if here == removed:
                continue
            value = sum(share * (1.0 if there == WON else chance.get(there, 0.0)) for there, share in steps.items())
            moved = max(moved, abs(value - chance[here]))
            chance[here] = value
        if moved < CLOSE_ENOUGH:
            break
    return chance.get(START, 0.0)
