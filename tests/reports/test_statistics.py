"""Published values of the statistics that reports show."""

import pytest

from reports.markov import removal_shares
from reports.statistics import Share, auc, quantile


def test_wilson_interval_of_81_in_263() -> None:
    """Newcombe (1998), table I: 81/263 has the score interval 0.2553 to 0.3662."""
    low, high = Share(81, 263).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_wilson_interval_of_none_in_twenty() -> None:
    """Newcombe (1998): 0/20 has 0 to 0.1611."""
    low, high = Share(0, 20).interval or (1, 0)
    assert (low, round(high, 4)) == (0.0, 0.1611)


def test_share_of_nothing_has_no_value() -> None:
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)


def test_quantiles_interpolate() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([10, 20], 0.9) == pytest.approx(19)
    assert quantile([], 0.5) is None


def test_auc_counts_ties_half() -> None:
    assert auc([3, 4], [1, 2]) == 1.0
    assert auc([1], [1]) == 0.5
    assert auc([0.35, 0.8], [0.1, 0.4]) == 0.75
    assert auc([0.35, 0.8, 0.9], [0.1, 0.4]) == pytest.approx(5 / 6)
    assert auc([1, 2], []) is None


def test_removal_effect_of_a_small_chain() -> None:
    """By hand: a → b won, a not won. Without a, or without b, nothing is won: both count the same."""
    assert removal_shares([(["a", "b"], True), (["a"], False)]) == {"a": 0.5, "b": 0.5}


def test_removal_effect_by_hand_of_three_paths() -> None:
    """P = 2/3 of paths won; without a only `b` alone wins (1/3), without b only `a` alone: effects 1/2 each."""
    shares = removal_shares([(["a"], True), (["b"], True), (["c"], False)])
    assert shares == {"a": 0.5, "b": 0.5, "c": 0.0}


def test_nothing_won_credits_nobody() -> None:
    assert removal_shares([(["a"], False)]) == {"a": 0.0}
