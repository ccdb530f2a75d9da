"""The attribution page: who is credited with won or open amounts."""

from collections.abc import Mapping
from datetime import datetime

from reports import attributed, drawn, keys
from reports.credits import Credit
from reports.made import Made
from reports.period import Period
from reports.shapes import Bar, Bars, Cell, Column, Figure, Section, Table, money_text

MONEY = {"won": "Won in the period", "open": "Open, created in the period"}
LOOKBACKS = (30, 90, 180, 365)
BARS = 15
# What a definition says of how a model shares an amount.
_MISSED = (
    " Milestones are the account's own: the touch at one, or the last before it, has its share; that of one never reached is"
    " spread over the rest in proportion."
)
HOW = {
    "first": "All of it goes to the first touch.",
    "last": "All of it goes to the last touch before the opportunity was created.",
    "linear": "Each touch has as much as any other.",
    "u": "40 % goes to the first touch and 40 % to the last before the opportunity was created; the others share 20 %.",
    "w": "30 % each goes to the touches at the first one, the MQA (else the first MQL) and the opportunity; the others share"
    f" 10 %.{_MISSED}",
    "full_path": "22.5 % each goes to the touches at the first one, the MQA (else the first MQL), the opportunity and the close;"
    f" the others share 10 %.{_MISSED}",
    "time_decay": "A touch has half as much as one seven days later.",
    "markov": "By removal effects of a first-order Markov chain of the paths of everything that closed in the period, won and"
    " lost (Anderl and others, 2016): how far the chance to win falls when every step to a channel, or to whatever credit is by,"
    " leads nowhere. Within one opportunity they share by these effects, each evenly over its touches.",
}
# What a definition adds of how touches come to their key.
WHOSE = {
    "person": " What nobody is known of is credited to the account's anonymous visitors.",
    "persona": " A person counts as the persona of the moment of the touch; before any was known, as the first one.",
    "role": " A person counts in the role that was validated at the moment of the touch (of several the one had longest); before"
    " any was, in the first one.",
}


def read_options(query: Mapping[str, str]) -> attributed.Options:
    """The options of the page's query; what is not on offer (see `not_on_offer`) falls back to the default."""
    usual = attributed.Options()
    lookback = query.get("lookback", "")
    return attributed.Options(
        money=query["money"] if query.get("money") in MONEY else usual.money,
        model=query["credit"] if query.get("credit") in attributed.MODELS else usual.model,
        by=query["by"] if query.get("by") in keys.BY else usual.by,
        lookback=int(lookback) if lookback in {str(days) for days in LOOKBACKS} else usual.lookback,
        skip_direct=query.get("skip_direct") == "on",
        collapse=query.get("collapse") == "on",
    )


def not_on_offer(query: Mapping[str, str]) -> list[str]:
    """What is wrong with the options of the page's query."""
    usual = attributed.Options()
    offers = {
        "money": ("Money", MONEY, usual.money),
        "credit": ("Credit", attributed.MODELS, usual.model),
        "by": ("By", keys.BY, usual.by),
        "lookback": ("Look-back", list(map(str, LOOKBACKS)), str(usual.lookback)),
    }
    return [
        f"{label} is one of {', '.join(offer)}: these figures are by {default}."
        for name, (label, offer, default) in offers.items()
        if query.get(name, default) not in offer
    ]


def _before(row: Credit) -> str | Cell:
    return Cell(money_text(row.before), "credits", {"key": row.key}, before=True) if row.before else "–"


def sections(period: Period, *, now: datetime, before: Period | None, options: attributed.Options) -> list[Section]:  # noqa: ARG001 - pages are called alike
    """One card: the credits, which sum to the amounts of the opportunities that were touched."""
    found, earlier = (
        attributed.attribute_both(period, before, options) if before else (attributed.attribute(period, options), None)
    )
    by = keys.BY[options.by]
    rows = found.credits.beside(earlier.credits) if earlier else found.credits
    # Bars compare one currency, the one with the most money: amounts of different ones don't add up.
    most = max(found.totals, key=lambda currency: found.totals[currency], default="")
    bars = [Bar(row.label, float(row.amounts[most]), money_text(row.amounts)) for row in found.credits.most(most, BARS)]

    def cells(row: Credit) -> tuple[str | Cell, ...]:
        was = [_before(row)] if earlier else []
        if not row.amounts:  # it is credited with something only before
            return row.label, "–", "0", "0", *was
        return (
            row.label,
            Cell(money_text(row.amounts), "credits", {"key": row.key}),
            Cell(f"{row.touches:,}", "credits", {"key": row.key}),
            Cell(f"{row.opportunities:,}", "credited", {"key": row.key}),
            *was,
        )

    return [
        drawn.credits_over_time(period, found, by=by.lower(), currency=most),
        Section(
            key="credits",
            title=f"{attributed.MODELS[options.model]} by {by.lower()}",
            definition=f"Credit of amounts to the inbound touches in the {options.lookback} days before the opportunity "
            f"was created{' and until it closed' if options.model == 'full_path' else ''}. {HOW[options.model]} "
            "Credits sum to the amount to the cent." + WHOSE.get(options.by, ""),
            figures=[
                Figure(
                    "Opportunities",
                    Cell(f"{found.opportunities:,}", "credited"),
                    before=f"{earlier.opportunities:,}" if earlier else "",
                ),
                Figure(
                    "Amount",
                    Cell(money_text(found.totals), "credited"),
                    before=money_text(earlier.totals) if earlier else "",
                ),
                Figure(
                    "Credited",
                    Cell(money_text(found.credited), "credited", {"untouched": "no"}),
                    before=money_text(earlier.credited) if earlier else "",
                ),
                Figure(
                    "Without any touch",
                    Cell(money_text(found.untouched), "credited", {"untouched": "yes"}),
                    before=money_text(earlier.untouched) if earlier else "",
                ),
            ],
            warnings=["Amounts are in several currencies, which are never added up."] if len(found.totals) > 1 else [],
            chart=Bars(f"Credit by {by.lower()}{f', {most}' if len(found.totals) > 1 else ''}", bars) if bars else None,
            table=Table(
                [
                    Column(by),
                    Column("Credit"),
                    Column("Touches", "number"),
                    Column("Opportunities", "number"),
                    *([Column("Credit before")] if earlier else []),
                ],
                Made(rows, cells),
                alike=rows.alike,
            ),
        ),
    ]
