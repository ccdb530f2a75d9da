"""What a filter narrows on each report, and why it leaves the rest as it is: said where it is used. Pure."""

from reports.period import Period

_SOURCE = (
    "The source of an opportunity is what its account did in the 90 days before it was created: an MQA qualified; none did, but"
    " somebody raised a hand; neither."
)
_SINCE_NO_VERSION = "no version of a model qualifies them"
NOTES = {
    "funnel": {
        "source": f"{_SOURCE} It narrows opportunities, not inquiries, MQAs and MQLs, which come before any.",
        "model": "The version that qualified narrows MQAs, what follows them, and which opportunities count as sourced by MQAs;"
        f" not inquiries and MQLs: {_SINCE_NO_VERSION}.",
        "team": "The team is that of whoever claimed an MQA (unclaimed: of the account’s SDR), of the account’s SDR for"
        " inquiries and MQLs, and of an opportunity’s owner.",
    },
    "attribution": {
        "source": _SOURCE,
        "model": "A version narrows opportunities together with the source “MQAs”: to those that an MQA of this version brought"
        " about. Without it all stay: no version qualifies an opportunity.",
        "team": "The team is that of an opportunity’s owner.",
    },
    "revenue": {
        "source": f"{_SOURCE} Customers are of the source of the opportunity of their first revenue.",
        "model": "The version decides which customers count as MQA-sourced; it takes nobody out.",
        "team": "The team is that of the account’s AE.",
    },
    "speed": {
        "source": "The source of a handoff is the MQA that it is, or the hand-raise.",
        "model": "The version is that whose decision opened the handoff; hand-raises that are no MQA have none.",
        "team": "The team is that of whoever made the move, or held the clock.",
    },
    "model": {
        "team": "The team is that of the account’s SDR.",
        "source": "Accounts are taken by their decisions, which come before any opportunity: a source narrows nothing here.",
    },
    "abm": {
        "segment": "Coverage, awareness, engagement and reach are always of target accounts; the choice of accounts narrows"
        " influence and the Account Engagement Score.",
        "source": f"{_SOURCE} It narrows influence alone: the others count accounts and touches.",
        "model": "A version narrows influence together with the source “MQAs”: to opportunities that an MQA of this version"
        " brought about. The others count accounts and touches, which every version scores.",
        "team": "The team is that of the account’s SDR, and of an opportunity’s owner.",
        "compared": "Before, reach and influence are of the same campaigns.",
    },
}


def notes(page: str, period: Period, *, compared: bool = False) -> list[str]:
    """What to say of the filters that are in use, and of a comparison."""
    used = {"segment": period.segment, "source": period.source, "model": period.model_version, "team": period.team}
    used["compared"] = "yes" if compared else ""
    return [note for name, note in NOTES.get(page, {}).items() if used[name] not in ("", None)]
