"""A slow second opinion: domain.md sections 3 and 4 in plain Python, one center at a time, without Polars.

Written from the domain page, not from the code it checks. It reads the same frames as lists of dictionaries, and tries
every span, every day and every touch. Readings of the page that it shares with the product are said where they are made.
"""

from collections import defaultdict
from datetime import date, timedelta

from signals.frames import Facts
from signals.scoring_config import ScoringConfig

TIER_ORDER = {"low": 1, "mid": 2, "high": 3}
GATES = ("relevance", "cluster", "spread", "direction", "threshold")


class Reference:
    """Evaluates the centers of some facts on one day."""

    def __init__(self, facts: Facts, config: ScoringConfig, today: date):
        self.facts, self.config, self.today = facts, config, today
        self.accounts = {row["account_id"]: row for row in facts.accounts.to_dicts()}
        self.contacts = {row["contact_id"]: row for row in facts.contacts.to_dicts()}
        self.all_touches = facts.touches.to_dicts()
        self.technologies = facts.technologies.to_dicts()
        self.intent = facts.intent.to_dicts()
        self.external = facts.external_mqls.to_dicts()
        self.counted = self.inside_the_cap()

    # Section 3: points

    def age(self, touch, day=None):
        return ((day or self.today) - touch["occurred_at"].date()).days

    def who(self, touch):
        if touch["contact_id"] is not None:
            return ("contact", touch["contact_id"])
        return ("visitor", touch["account_id"], touch["visitor"])

    def is_excluded(self, touch):
        contact = self.contacts.get(touch["contact_id"])
        return bool(contact and contact["excluded"])

    def inside_the_cap(self):
        heaps = defaultdict(list)
        for touch in self.all_touches:
            heaps[self.who(touch), touch["type"], touch["occurred_at"].date()].append(touch)
        counted = set()
        for heap in heaps.values():
            heap.sort(key=lambda touch: (touch["occurred_at"], touch["turn"]))
            counted |= {touch["touch_id"] for touch in heap[: self.config.daily_cap]}
        return counted

    def weight(self, touch):
        config, key = self.config, touch["type"]
        if key not in config.touch_types:
            return 0.0
        if key in config.type_weights:
            return config.type_weights[key]
        if config.touch_types[key].direction == "outbound":
            return config.outbound_weight
        return getattr(config.tier_weights, config.touch_types[key].tier)

    def multiplier(self, touch):
        if touch["contact_id"] is None:
            return self.config.multipliers.anonymous
        return getattr(self.config.multipliers, self.contacts[touch["contact_id"]]["seniority"] or "other")

    def micro(self, touch, day=None):
        """Micro-points on a day."""
        age = self.age(touch, day)
        if not 0 <= age < self.config.lookback_days or touch["touch_id"] not in self.counted or self.is_excluded(touch):
            return 0
        points = self.weight(touch) * self.multiplier(touch) * 2 ** (-age / self.config.half_life_days)
        return round(points * 1_000_000)

    def kind(self, touch):
        return self.config.touch_types.get(touch["type"])

    def is_inbound(self, touch):
        kind = self.kind(touch)
        return kind is None or kind.direction == "inbound"

    def is_decision(self, touch):
        kind = self.kind(touch)
        return kind is not None and kind.decision_stage

    # What belongs to a center

    def people_of(self, center):
        return [
            row
            for row in self.contacts.values()
            if not row["excluded"]
            and (
                row["account_id"] == center["account_id"]
                if center["is_default"]
                else row["center_id"] == center["center_id"]
            )
        ]

    def touches_of(self, center, *, with_excluded=False):
        found = []
        for touch in self.all_touches:
            if self.age(touch) < 0 or (self.is_excluded(touch) and not with_excluded):
                continue
            if center["is_default"]:
                mine = touch["account_id"] == center["account_id"]
            else:
                contact = self.contacts.get(touch["contact_id"])
                mine = contact is not None and contact["center_id"] == center["center_id"]
            if mine:
                found.append(touch)
        return found

    # Fit

    def value(self, account, field):
        if field in ("technology_used", "technology_evaluating"):
            status = "uses" if field == "technology_used" else "evaluating"
            mine = [
                row["technology"].strip().lower()
                for row in self.technologies
                if row["account_id"] == account["account_id"] and row["status"] == status
            ]
            return mine or None
        value = account.get(field)
        if isinstance(value, str):
            return value.strip().lower() or None
        return value

    def meets(self, account, criterion):  # noqa: PLR0911 - an operator a line
        value = self.value(account, criterion.field)
        if value is None:
            return None
        wanted = [item.strip().lower() if isinstance(item, str) else item for item in criterion.values]
        many = value if isinstance(value, list) else [value]
        match criterion.operator:
            case "is_known":
                return True
            case "in":
                return any(item in wanted for item in many)
            case "not_in":
                return not any(item in wanted for item in many)
            case "contains":
                return any(wanted[0] in item for item in many)
            case "at_least":
                return value >= wanted[0]
            case "at_most":
                return value <= wanted[0]
            case "between":
                return wanted[0] <= value <= wanted[1]
        raise AssertionError(criterion.operator)

    def fit(self, account):
        met = {item.id: self.meets(account, item) for item in self.config.criteria}
        scored = [item for item in self.config.criteria if item.kind == "scored"]
        total = sum(item.weight for item in scored)

        def share(counts):
            return (
                round(100 * sum(item.weight for item in scored if counts(met[item.id])) / total, 12)
                if scored
                else 100.0
            )

        fit, best = share(lambda value: value is True), share(lambda value: value is not False)
        required = [met[item.id] for item in self.config.criteria if item.kind == "required"]
        excluded = any(met[item.id] is True for item in self.config.criteria if item.kind == "exclusion")
        if excluded or False in required or best < self.config.min_fit:
            return fit, "out"
        if None in required or fit < self.config.min_fit:
            return fit, "unknown"
        return fit, "in"

    # Intent

    def latest_signals(self, account_id):
        latest = {}
        for row in self.intent:
            age = (self.today - row["observed_on"]).days
            if row["account_id"] != account_id or not 0 <= age < self.config.intent.window_days:
                continue
            key = (row["topic"], row["provider"], row["kind"])
            stamp = (row["observed_on"], row["received_at"], row["seq"])
            if key not in latest or stamp > latest[key][0]:
                latest[key] = (stamp, row["composite"])
        return [composite for _, composite in latest.values()]

    # MQL

    def is_mql(self, contact):
        if contact["excluded"]:
            return False
        mine = [touch for touch in self.all_touches if touch["contact_id"] == contact["contact_id"]]
        for back in range(self.config.mql.days + 1):
            day = self.today - timedelta(days=back)
            if sum(self.micro(touch, day) for touch in mine) >= round(self.config.mql.points * 1_000_000):
                return True
            for row in self.external:
                until = row["to_day"] or date.max
                if row["contact_id"] == contact["contact_id"] and row["from_day"] <= day <= until:
                    return True
        return False

    # Section 4: the one cluster

    def measure(self, touches, first):
        gates = self.config.gates
        last = first + timedelta(days=gates.cluster_days - 1)
        inside = [touch for touch in touches if first <= touch["occurred_at"].date() <= last]
        giving = [touch for touch in inside if self.micro(touch) > 0]
        person_days = {(self.who(touch), touch["occurred_at"].date()) for touch in giving if self.is_inbound(touch)}
        by_contact = defaultdict(int)
        for touch in giving:
            if touch["contact_id"] is not None:
                by_contact[touch["contact_id"]] += self.micro(touch)
        bar = round(gates.min_person_points * 1_000_000)
        engaged = [self.contacts[contact] for contact, points in by_contact.items() if points >= bar]
        themed = [touch for touch in giving if not self.is_decision(touch)]
        total = sum(self.micro(touch) for touch in themed)
        by_theme = defaultdict(int)
        touched = {}
        for touch in themed:
            theme = touch["theme_id"]
            if theme is not None:
                by_theme[theme] += self.micro(touch)
                touched[theme] = max(touched.get(theme, touch["occurred_at"]), touch["occurred_at"])
        # A tie of the tie goes to the lower id.
        theme = max(by_theme, key=lambda key: (by_theme[key], touched[key], -key), default=None)
        share = by_theme[theme] / total if theme is not None else 0.0
        evaluation = total == 0 and len(giving) > 0
        found = {
            "first": first,
            "last": max(touch["occurred_at"].date() for touch in inside),
            "person_days": len(person_days),
            "people": len(engaged),
            "departments": len({row["department"] for row in engaged} - {None}),
            "personas": len({row["persona_id"] for row in engaged} - {None}),
            "executives": sum(row["seniority"] in ("c_level", "vp") for row in engaged),
            "theme_id": theme,
            "theme_share": share,
            "evaluation_only": evaluation,
        }
        found["g_cluster"] = found["person_days"] >= gates.cluster_person_days
        found["g_spread"] = found["people"] >= gates.min_contacts
        found["g_direction"] = not self.facts.themes_set_up or share >= gates.min_theme_share or evaluation
        return found

    def cluster(self, touches):
        """Any touch in the look-back is one that a span can begin with; a span ends on its 14th day."""
        gates = self.config.gates
        touches = [touch for touch in touches if self.age(touch) < self.config.lookback_days]
        best = None
        for first in sorted({touch["occurred_at"].date() for touch in touches}):
            found = self.measure(touches, first)
            if (self.today - found["last"]).days >= gates.recent_days:
                continue
            passed = 0
            for gate in ("g_cluster", "g_spread", "g_direction"):
                if not found[gate]:
                    break
                passed += 1
            rank = (passed, found["person_days"], first)
            if best is None or rank > best[0]:
                best = (rank, found)
        if best is not None:
            return best[1]
        return {
            "first": None, "last": None, "person_days": 0, "people": 0, "departments": 0, "personas": 0, "executives": 0,
            "theme_id": None, "theme_share": 0.0, "evaluation_only": False, "g_cluster": False, "g_spread": False,
            "g_direction": not self.facts.themes_set_up or self.config.gates.min_theme_share <= 0,
        }  # fmt: skip

    # Policies

    def in_days(self, touch, days):
        return 0 <= self.age(touch) < days

    def is_key(self, contact):
        return not self.config.key_personas or contact["persona_id"] in self.config.key_personas

    def rule_holds(self, rule, center, touches):
        people = self.people_of(center)
        if rule.kind == "qualified_leads":
            return sum(self.is_mql(row) for row in people) >= rule.min_people
        if rule.kind == "qualified_personas":
            leads = [row for row in people if self.is_key(row) and self.is_mql(row)]
            return self.heads(leads, rule) >= rule.min_people
        recent = [touch for touch in touches if self.in_days(touch, rule.days)]
        if rule.kind == "persona_points":
            points = defaultdict(int)
            for touch in recent:
                points[touch["contact_id"]] += self.micro(touch)
            active = [row for row in people if self.is_key(row) and points[row["contact_id"]] > 0]
            total = sum(points[row["contact_id"]] for row in active)
            return self.heads(active, rule) >= rule.min_people and total >= round(rule.min_points * 1_000_000)
        minutes = defaultdict(float)
        for touch in recent:
            if self.is_inbound(touch) and touch["touch_id"] in self.counted:
                minutes[touch["contact_id"]] += touch["minutes"]
        # Who has none in the window never counts, however low the bar: as with points.
        enough = [row for row in people if minutes[row["contact_id"]] > 0]
        enough = [row for row in enough if minutes[row["contact_id"]] >= rule.min_person_minutes]
        return sum(minutes.values()) >= rule.min_minutes and len(enough) >= rule.min_people

    def heads(self, people, rule):
        return len({row["persona_id"] for row in people} - {None}) if rule.distinct_personas else len(people)

    def momentum(self, touches):
        days = self.config.progression.momentum_days
        total = 0
        for touch in touches:
            if touch["touch_id"] in self.counted:
                undecayed = round(self.weight(touch) * self.multiplier(touch) * 1_000_000)
                total += undecayed * (self.in_days(touch, days) - (days <= self.age(touch) < 2 * days))
        return total

    def tier(self, touches, first_age, last_age):
        found = [
            self.kind(touch).tier
            for touch in touches
            if first_age <= self.age(touch) <= last_age
            and self.weight(touch) * self.multiplier(touch) > 0
            and self.is_inbound(touch)
        ]
        return max(found, key=TIER_ORDER.get, default=None)

    # All together

    def evaluate(self, center):
        config = self.config
        account = self.accounts[center["account_id"]]
        touches = self.touches_of(center)
        micro = sum(self.micro(touch) for touch in touches)
        engagement = round(100 * min(1, micro / (config.full_points * 1_000_000)), 12)
        signals = self.latest_signals(center["account_id"])
        intent = max(signals, default=0.0)
        fit, icp = self.fit(account)
        weights = config.signal_weights
        intent_weight = weights.intent if self.facts.intent_connected else 0
        score = weights.engagement * engagement + intent_weight * intent + weights.fit * fit
        score = round(score / (weights.engagement + intent_weight + weights.fit), 9)
        cluster = self.cluster(touches)
        policy = config.policies.target if account["is_target"] else config.policies.other
        any_rule = any(self.rule_holds(rule, center, touches) for rule in policy.rules)
        days = config.progression.tier_days
        tier = self.tier(touches, 0, days - 1)
        momentum = self.momentum(touches)
        asked = (
            (not policy.require_intent_surge or any(one >= config.intent.surge for one in signals))
            and cluster["executives"] >= policy.min_executives
            and (policy.min_tier is None or TIER_ORDER.get(tier, 0) >= TIER_ORDER[policy.min_tier])
            and (not policy.require_momentum or momentum > 0)
        )
        found = {
            "center_id": center["center_id"],
            "points_micro": micro,
            "engagement": engagement,
            "intent": intent,
            "fit": fit,
            "icp": icp,
            "score": score,
            **{key: value for key, value in cluster.items() if key not in ("first", "last")},
            "cluster_first": cluster["first"],
            "cluster_last": cluster["last"],
            "mqls": sum(self.is_mql(row) for row in self.people_of(center)),
            "tier_now": tier,
            "tier_before": self.tier(touches, days, 2 * days - 1),
            "momentum_micro": momentum,
            "g_relevance": icp == "in",
            "rule_holds": any_rule,
            "g_threshold": score >= config.gates.mqa_score and any_rule and asked,
        }
        for sums, inbound in (("minutes", True), ("outbound_minutes", False)):
            found[sums] = sum(
                touch["minutes"]
                for touch in touches
                if self.is_inbound(touch) is inbound
                and touch["touch_id"] in self.counted
                and self.age(touch) < config.lookback_days
            )
        found["block"] = next((name for name in GATES if not found[f"g_{name}"]), None)
        found["qualified"] = found["block"] is None
        found["stage"] = self.stage(score, qualified=found["qualified"])
        found["hand_raise_touch_id"] = self.hand_raise(center)
        return found

    def stage(self, score, *, qualified):
        if qualified:
            return "mqa"
        name = None
        for band in self.config.bands:
            if score >= band.lower:
                name = band.name
        return name

    def hand_raise(self, center):
        raised = [
            touch
            for touch in self.touches_of(center, with_excluded=True)
            if self.kind(touch) is not None
            and self.kind(touch).hand_raise
            and self.age(touch) <= self.config.handover.hand_raise_days
        ]
        latest = max(raised, key=lambda touch: (touch["occurred_at"], touch["touch_id"]), default=None)
        return latest and latest["touch_id"]
