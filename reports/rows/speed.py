"""The rows behind clocks, acceptance and reasons."""

from collections.abc import Mapping

from reports import sla
from reports.made import Made
from reports.pages.speed import ACTIONS, CLOCKS
from reports.period import Period
from reports.rows.base import Row, Rows, pick

_HOWS = {"kept": "in time", "late": "late", "running": "running late"}


def clock(period: Period, asks: Mapping[str, str]) -> Rows:
    """Clocks (`clock`) that ended so (`how`; empty: all), of a person (`person`: an id, or nobody; empty: all)."""
    which, how = pick(asks, "clock", CLOCKS), pick(asks, "how", ("", *sla.HOWS))
    found = sla.ended(period, clock=which, how=how, person=asks.get("person", ""))
    return Rows(
        f"{CLOCKS[which]}: {_HOWS.get(how, 'all')}",
        ("Person", "Ended or ran out", "How"),
        Made(found, lambda one: Row(one.account_id, one.account, (one.person, _moment(one.at), _HOWS[one.how]))),
    )


def answers(period: Period, asks: Mapping[str, str]) -> Rows:
    """Passes answered so (`action`), of an SDR (`sdr`), by an AE (`ae`: an id, or nobody); empty: all."""
    action = pick(asks, "action", ("", *sla.ANSWERS))
    found = sla.moves(
        period, actions=[action] if action else sla.ANSWERS, sdr=asks.get("sdr", ""), ae=asks.get("ae", "")
    )
    return _moves("Passes answered in the period", found)


def moves(period: Period, asks: Mapping[str, str]) -> Rows:
    """Moves of a kind (`action`) with a reason (`reason`: an id, or none; empty: all)."""
    action = pick(asks, "action", sla.ACTIONS)
    return _moves(ACTIONS[action], sla.moves(period, actions=[action], reason=asks.get("reason", "")))


def _moves(title: str, found: list[sla.Move]) -> Rows:
    names = ACTIONS | {"accept": "Accepted"}
    return Rows(
        title,
        ("When", "Move", "By", "Reason", "Comment"),
        Made(
            found,
            lambda one: Row(
                one.account_id, one.account, (_moment(one.at), names[one.action], one.person, one.reason, one.comment)
            ),
        ),
    )


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
