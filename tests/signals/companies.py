"""Companies for tests of scoring: the worked example, short-hand for touches, and seeded random ones with hard corners."""

import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.criteria import FIELD_TYPES, OPERATORS
from signals.frames import Facts, empty_facts, frame
from signals.scoring_config import ScoringConfig

AS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SENIORITIES = ("c_level", "vp", "director", "manager", "other")


def ago(days, *, hour=9, minute=0):
    """A moment of the day that lies so many days before `AS_OF`."""
    return (AS_OF - timedelta(days=days)).replace(hour=hour, minute=minute)


def contact(contact_id, seniority="manager", **more):
    return {"contact_id": contact_id, "account_id": 1, "seniority": seniority, "excluded": False, **more}


def touch(touch_id, type_, days, *, contact=None, visitor=None, **more):
    return {
        "touch_id": touch_id, "account_id": 1, "contact_id": contact, "type": type_, "occurred_at": ago(days),
        "minutes": 1.0, "turn": touch_id, "visitor": visitor and number_of(visitor), **more,
    }  # fmt: skip


def number_of(visitor):
    """A number below 0 that stands for a visitor."""
    return -1 - zlib.crc32(visitor.encode())


def signal(composite, days, *, topic="iPaaS", **more):
    return {
        "account_id": 1, "topic": topic, "theme_id": 7, "provider": "bombora", "kind": "topic_surge", "composite": composite,
        "observed_on": ago(days).date(), "received_at": ago(days, hour=20), "seq": 1, **more,
    }  # fmt: skip


def company(
    *, touches=(), contacts=(), signals=(), account=None, centers=(), technologies=(), external=(), **flags
) -> Facts:
    """One account (id 1, a target) whose default center is 10."""
    flags = {"intent_connected": True, "themes_set_up": True, **flags}
    return replace(
        empty_facts(**flags),
        accounts=frame("accounts", [{"account_id": 1, "is_target": True, **(account or {})}]),
        centers=frame("centers", [{"center_id": 10, "account_id": 1, "is_default": True}, *centers]),
        contacts=frame("contacts", list(contacts)),
        touches=frame("touches", list(touches)),
        intent=frame("intent", list(signals)),
        technologies=frame("technologies", list(technologies)),
        external_mqls=frame("external_mqls", list(external)),
    )


EXAMPLE_CONTACTS = (contact(1, "manager"), contact(2, "director"), contact(3, "vp"))
EXAMPLE_TOUCHES = (
    touch(1, "case_study", 6, contact=1, theme_id=7),
    touch(2, "webinar_attended", 4, contact=2, theme_id=7, minutes=30.0),
    touch(3, "pricing_page", 2, contact=3),
    touch(4, "pricing_page", 1, contact=3),
    touch(5, "product_page", 1, contact=3, theme_id=7),
)
EXAMPLE_SIGNALS = (signal(80.0, 3),)


def worked_example(**changes) -> Facts:
    """Domain section 4, "the worked example"."""
    parts = {"touches": EXAMPLE_TOUCHES, "contacts": EXAMPLE_CONTACTS, "signals": EXAMPLE_SIGNALS, **changes}
    return company(**parts)


BANDS = (
    [{"name": "awareness", "lower": 0}, {"name": "consideration", "lower": 40}],
    [{"name": "Everybody else", "lower": 0}],
    [
        {"name": "a", "lower": 0},
        {"name": "b", "lower": 19.999999},
        {"name": "c", "lower": 20},
        {"name": "d", "lower": 44},
    ],
)
_VALUES = {
    "text": ["Software", "retail ", "mining", "SAP", "oracle", "de", "xx", "a", "Pro"],
    "set": ["SAP", "oracle ", "hana", "a"],
    "number": [-1, 4, 5, 10, 50, 100.5, 1000, 1001],
    "date": ["2026-01-01", "2026-05-05", "2026-12-31"],
}


def _random_criterion(rng: random.Random, name: str) -> dict:
    """Of any field, with any operator that suits it, as any kind."""
    fields = {
        **FIELD_TYPES,
        "custom.seats": "number",
        "custom.plan": "text",
        "custom.renewal": "date",
        "custom.pilot": "boolean",
    }
    field = rng.choice(list(fields))
    kind = fields[field]
    operator = rng.choice(sorted(OPERATORS[kind]))
    if kind == "boolean":
        value: object = rng.choice([True, False])
    elif field == "customer":
        value = rng.sample(["present", "past", "never"], rng.randint(1, 2))
    elif operator == "between":
        value = sorted(rng.sample(_VALUES[kind], 2))
    elif operator in {"in", "not_in"}:
        value = rng.sample(_VALUES[kind], rng.randint(1, 3))
    else:
        value = rng.choice(_VALUES[kind])
    row = {
        "id": name, "field": field, "operator": operator, "kind": rng.choice(["scored", "scored", "required", "exclusion"]),
        "weight": rng.choice([0.5, 1, 3]), "value": None if operator == "is_known" else value,
    }  # fmt: skip
    return row | ({"custom_type": kind} if field.startswith("custom.") else {})


def random_config(rng: random.Random) -> ScoringConfig:
    """A model near the defaults, with every rule and switch taking its turn."""
    criteria = [_random_criterion(rng, f"c{number}") for number in range(rng.choice([0, 1, 2, 3, 5]))]
    rules = [
        {"kind": "persona_points", "min_people": rng.randint(1, 3), "min_points": rng.choice([0, 5, 20, 30]),
         "days": rng.choice([1, 30, 45]),
         "distinct_personas": rng.random() < 0.3},
        {"kind": "qualified_leads", "min_people": rng.randint(1, 3)},
        {"kind": "qualified_personas", "min_people": rng.randint(1, 2), "distinct_personas": rng.random() < 0.5},
        {"kind": "minutes", "min_minutes": rng.choice([5, 20]), "days": rng.choice([10, 45]), "min_people": rng.randint(1, 3),
         "min_person_minutes": rng.choice([0, 1, 4])},
    ]  # fmt: skip

    def policy():
        return {
            "rules": rng.sample(rules, rng.randint(1, 3)),
            "require_intent_surge": rng.random() < 0.2,
            "min_executives": rng.choice([0, 0, 0, 1, 2]),
            "min_tier": rng.choice([None, None, "low", "mid", "high"]),
            "require_momentum": rng.random() < 0.2,
        }

    lookback = rng.choice([45, 90, 90, 120])
    weights = ScoringConfig.default().type_weights | ({"call": 3.0} if rng.random() < 0.3 else {})
    return ScoringConfig.model_validate(
        {
            "criteria": criteria,
            "lookback_days": lookback,
            "half_life_days": rng.choice([0.5, 7, 30, 1000]),
            "multipliers": {} if rng.random() < 0.7 else {"anonymous": 0, "vp": 0, "other": 3},
            "signal_weights": rng.choice(
                [{}, {}, {"engagement": 0}, {"fit": 0}, {"intent": 0}, {"intent": 5, "fit": 1}]
            ),
            "intent": {"window_days": rng.choice([1, 7, 21]), "surge": rng.choice([0, 30, 60, 90])},
            "mql": {"points": rng.choice([0.5, 5, 10]), "days": rng.choice([0, 1, 30])},
            "progression": {"tier_days": rng.choice([1, 10, 20]), "momentum_days": rng.choice([1, 7, 20])},
            "handover": {"hand_raise_days": rng.choice([0, 7])},
            "bands": rng.choice(BANDS),
            "min_fit": rng.choice([0, 50, 60]),
            "daily_cap": rng.choice([1, 2, 3]),
            "full_points": rng.choice([10, 30, 50]),
            "type_weights": weights,
            "gates": {
                "mqa_score": rng.choice([45, 55, 70]),
                "cluster_days": rng.choice([1, 3, 7, 14]),
                "recent_days": rng.choice([1, 10, 30]),
                "cluster_person_days": rng.choice([1, 2, 3, 4]),
                "min_contacts": rng.choice([1, 2, 3]),
                "min_person_points": rng.choice([0, 2, 8]),
                "min_theme_share": rng.choice([0, 0.2, 0.4, 0.5, 0.8, 1]),
            },
            "key_personas": rng.choice([[], [1], [1, 2]]),
            "policies": {"target": policy(), "other": policy()},
        }
    )


def random_facts(rng: random.Random, *, accounts=3) -> Facts:
    """Accounts with named centers, visitors, excluded people, crowded days, ties, old touches and ones from tomorrow."""
    rows = {
        name: [] for name in ("accounts", "technologies", "centers", "contacts", "touches", "intent", "external_mqls")
    }
    types = [
        *ScoringConfig.default().touch_types,
        "never_heard_of",
        *["product_page", "pricing_page", "case_study"] * 4,
    ]
    for account in range(1, accounts + 1):
        rows["accounts"].append(
            {
                "account_id": account, "is_target": rng.random() < 0.6,
                "customer": rng.choice(["present", "past", "never", None]),
                "industry": rng.choice(["software", "Retail", "Mining", "", None]),
                "employees": rng.choice([10, 50, 1000, 1001, None]),
                "country": rng.choice(["XX", "DE", None, None]), "custom.seats": rng.choice([4.0, 5.0, None]),
                "region": rng.choice(["EMEA", "de ", None]), "tier": rng.choice(["A", "b", None]),
                "annual_revenue": rng.choice([-1.0, 100.5, 1000.0, None]), "revenue_growth": rng.choice([-1.0, 4.0, 10.5, None]),
                "locations": rng.choice([1, 5, None]), "custom.plan": rng.choice(["pro", "Software", None]),
                "custom.renewal": rng.choice(["2026-05-05", "2026-12-31", None]), "custom.pilot": rng.choice([True, False, None]),
            }
        )  # fmt: skip
        for status in ("uses", "evaluating"):
            for name in rng.sample(["SAP", "sap hana", "Oracle"], rng.randint(0, 2)):
                rows["technologies"].append({"account_id": account, "technology": name, "status": status})
        rows["centers"].append({"center_id": account * 10, "account_id": account, "is_default": True})
        named = account * 10 + 1 if rng.random() < 0.5 else None
        if named:
            rows["centers"].append({"center_id": named, "account_id": account, "is_default": False})
        people = [account * 100 + number for number in range(rng.randint(0, 6))]
        for person in people:
            rows["contacts"].append(
                {
                    "contact_id": person, "account_id": account, "center_id": rng.choice([named, None]),
                    "seniority": rng.choice([*SENIORITIES, None]), "persona_id": rng.choice([1, 2, 3, None]),
                    "department": rng.choice(["IT", "Finance", None]), "excluded": rng.random() < 0.12,
                }
            )  # fmt: skip
            if rng.random() < 0.15:
                start = ago(rng.randint(0, 80)).date()
                end = rng.choice([None, start + timedelta(days=rng.randint(0, 40))])
                rows["external_mqls"].append({"contact_id": person, "from_day": start, "to_day": end})
        for _ in range(rng.choice([0, 3, 10, 25, 40])):
            _random_touch(rng, rows["touches"], account, people, types)
        for _ in range(rng.randint(0, 5)):
            day = rng.randint(-1, 24)
            rows["intent"].append(
                {
                    "account_id": account, "topic": rng.choice(["iPaaS", "ERP"]), "theme_id": rng.choice([7, 8, None]),
                    "provider": rng.choice(["g2", "bombora"]), "kind": "topic_surge",
                    "composite": float(rng.choice([0, 30, 59.5, 60, 90])), "observed_on": ago(day).date(),
                    "received_at": ago(day, hour=rng.choice([1, 2])), "seq": len(rows["intent"]),
                }
            )  # fmt: skip
    rng.shuffle(rows["touches"])
    return Facts(
        **{name: frame(name, found) for name, found in rows.items()},
        intent_connected=rng.random() < 0.8,
        themes_set_up=rng.random() < 0.8,
    )


def _random_touch(rng: random.Random, found: list, account: int, people: list, types: list) -> None:
    person = rng.choice([*people, None])
    day = rng.choice([rng.randint(-1, 125), rng.randint(0, 45), rng.randint(0, 20), rng.randint(0, 20)])
    kind = rng.choice(types)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        found.append(
            {
                "touch_id": account * 100_000 + len(found), "account_id": account, "contact_id": person,
                "visitor": rng.choice([-1, -2, None]), "type": kind, "theme_id": rng.choice([7, 7, 8, None]),
                "minutes": rng.choice([0.0, 1.0, 2.5]), "occurred_at": ago(day, hour=rng.choice([0, 12, 23])),
                "turn": rng.randint(0, 5) * 10_000 + len(found),
            }
        )  # fmt: skip
