"""The accounts that are on the desk today, named and cast by hand; the rest of the world is drawn. Pure data.

`desk` says where the journey of an account stands: queue, working, idle, passed, returned, accepted; empty for none.
`story` is the shape of its present burst (`handoff.demo.stories`), `ended` how many days ago its last day was.
"""

from __future__ import annotations

from dataclasses import dataclass

from handoff.demo.rows import Company


@dataclass(frozen=True, slots=True)
class Member:
    """One named account and its part."""

    name: str
    industry: str
    country: str
    city: str
    employees: int | None
    target: bool
    story: str
    theme: str
    ended: int = 1
    desk: str = "queue"
    holder: str = ""
    center: str = ""
    intent: int = 0  # composite of the theme's topic; 0 for none
    uses: tuple[str, ...] = ("SAP", "Salesforce", "Azure")
    evaluating: tuple[str, ...] = ("Integration platform",)
    growth: float | None = 12.0
    locations: int | None = 6
    sized: int = 0  # how many days ago we learned how many employees it has; 0: always knew

    def apply(self, company: Company) -> None:
        """Give the drawn company what the part needs."""
        company.industry = self.industry
        company.city = self.city
        company.employees = self.employees
        company.growth = self.growth
        company.locations = self.locations
        company.sized_days_ago = self.sized
        company.is_target = self.target
        company.uses = tuple(sorted(self.uses))
        company.evaluating = self.evaluating
        company.centers = (self.center,) if self.center else ()


def _queue() -> tuple[Member, ...]:
    m = Member
    return (
        m("Halden Freight Systems", "Logistics", "Netherlands", "Rotterdam", 1200, True, "flagship", "integrations",
          intent=81),
        m("Corvane Health", "Hospitals", "United States", "Columbus", 4800, True, "hand_raise", "integrations",
          intent=64),
        m("Pellham & Roy", "Legal services", "United Kingdom", "Leeds", 640, False, "mqa_heavy", "security",
          uses=("Microsoft Dynamics 365", "Azure", "Okta"), locations=4),
        m("Ostrava Glassworks", "Manufacturing", "Czechia", "Ostrava", 2100, True, "mqa", "automation",
          intent=52, growth=4.0),
        m("Lindqvist Energy", "Utilities", "Sweden", "Gothenburg", 9300, True, "mqa", "migration", center="EMEA IT",
          intent=68),
        m("Brightwater Foods", "Food", "United States", "Minneapolis", 880, True, "cooling", "analytics", ended=32,
          uses=("NetSuite", "AWS"), intent=74, sized=4),
        m("Tamsin Robotics", "Robotics", "Germany", "Stuttgart", 310, True, "workshop", "automation",
          uses=("Oracle ERP", "AWS", "Kafka"), locations=3),
        m("Mirelle Cosmetics", "Retail", "France", "Lyon", 1900, True, "mqa", "analytics", intent=71, evaluating=()),
        m("Kestra Biologics", "Pharma", "Denmark", "Aarhus", 1400, True, "mqa", "security", intent=67,
          evaluating=(), growth=None),
        m("Novotny Castings", "Manufacturing", "Czechia", "Brno", 760, False, "mqa_heavy", "migration", intent=66),
        m("Fairhaven Mutual", "Insurance", "United States", "Charlotte", 5200, True, "mqa", "integrations",
          intent=88, growth=None),
        m("Thorncliff Power", "Utilities", "United Kingdom", "Glasgow", 2700, True, "mqa", "migration",
          ended=1, intent=61, evaluating=()),
        m("Quillon Motors", "Automotive", "Germany", "Leipzig", 3600, True, "mqa_hand_raise", "integrations",
          intent=77),
        m("Lantern Savings", "Banking", "United States", "Denver", 980, False, "mqa_heavy", "security",
          intent=59, evaluating=(), growth=3.0),
    )  # fmt: skip


def _working() -> tuple[Member, ...]:
    m = Member
    # fmt: off
    priya = [
        m("Kaldera Bearings", "Manufacturing", "Germany", "Nuremberg", 1750, True, "mqa", "integrations", 3, intent=73),
        m("Dahl Renewables", "Utilities", "Norway", "Bergen", 540, True, "mqa", "analytics", 1, intent=62),
        m("Ravenport Clinics", "Hospitals", "United Kingdom", "Bristol", 2300, True, "mqa", "security", 5, intent=70),
        m("Fontaine Dairy", "Food", "France", "Nantes", 1100, True, "mqa", "integrations", 4, intent=64, evaluating=()),
        m("Marchetti Tooling", "Manufacturing", "Italy", "Bologna", 830, False, "mqa_heavy", "migration", 3, intent=80),
        m("Severn Water", "Utilities", "United Kingdom", "Manchester", 4100, True, "mqa", "integrations", 2, intent=65),
        m("Belmara Coatings", "Chemicals", "Spain", "Bilbao", 970, True, "mqa", "automation", 4, intent=68, growth=6.0),
        m("Sandberg Automation", "Robotics", "Sweden", "Stockholm", 420, True, "mqa", "analytics", 1, intent=58),
    ]
    marcus = [
        m("Allegheny Freight", "Logistics", "United States", "Pittsburgh", 1500, True, "mqa", "integrations", 3,
          intent=69),
        m("Dakota Provisions", "Food", "United States", "Minneapolis", 2600, True, "mqa", "automation", 4,
          intent=72, evaluating=()),
        m("Glenridge Insurance", "Insurance", "United States", "Columbus", 3900, True, "mqa", "security", 2, intent=78),
        m("Laurentian Gas", "Utilities", "Canada", "Toronto", 1850, True, "mqa", "migration", 5, intent=61),
        m("Coldbrook Trust", "Banking", "United States", "Charlotte", 1300, False, "mqa_heavy", "analytics", 4,
          growth=None),
    ]
    # fmt: on
    let_lie = _held([member for member in marcus if member.name == "Laurentian Gas"], "marcus", "idle")
    marcus = [member for member in marcus if member.name != "Laurentian Gas"]
    return _held(priya, "priya", "working") + _held(marcus, "marcus", "working") + let_lie


def _with_aes() -> tuple[Member, ...]:
    m = Member
    # fmt: off
    to_tom = [
        m("Hartley Logistics", "Logistics", "United Kingdom", "London", 2200, True, "mqa", "integrations", 5,
          intent=84),
        m("Vestra Pharma", "Pharma", "Netherlands", "Utrecht", 1600, True, "mqa", "security", 6, intent=60),
        m("Bergmann Axles", "Automotive", "Germany", "Hamburg", 4700, True, "mqa", "automation", 6, intent=66,
          evaluating=()),
    ]
    to_elena = [
        m("Tidewater Care", "Hospitals", "United States", "Portland", 3100, True, "mqa", "migration", 6, intent=67),
        m("Meridian Outfitters", "Retail", "Canada", "Calgary", 1450, True, "mqa", "analytics", 8, intent=70),
    ]
    returned = [m("Delorme Civil", "Construction", "France", "Lille", 1900, True, "mqa", "integrations", 8, intent=63)]
    accepted_tom = [
        m("Osprey Cargo", "Logistics", "Netherlands", "Eindhoven", 890, True, "mqa", "integrations", 12, intent=72),
        m("Reuter Polymers", "Chemicals", "Germany", "Cologne", 2900, True, "mqa", "migration", 12, intent=63,
          growth=None),
    ]
    accepted_elena = [
        m("Shenandoah Health", "Hospitals", "United States", "Austin", 5600, True, "mqa", "security", 12, intent=74)
    ]
    # fmt: on
    return (
        *_held(to_tom, "priya", "passed"),
        *_held(to_elena, "marcus", "passed"),
        *_held(returned, "priya", "returned"),
        *_held(accepted_tom, "priya", "accepted"),
        *_held(accepted_elena, "marcus", "accepted"),
    )


def _not_on_the_desk() -> tuple[Member, ...]:
    """Almost there, or there for a reason: one of each block, for the accounts list and for `simulate`."""
    m = Member
    rows = (
        m("Ardenne Optics", "Robotics", "France", "Toulouse", 240, True, "almost", "integrations", 2, intent=66),
        m("Wexmoor Timber", "Construction", "United Kingdom", "Leeds", 350, True, "almost", "automation", 3),
        m("Havelland Mills", "Food", "Germany", "Leipzig", 1250, True, "solo", "integrations", 2, intent=75),
        m("Camargue Hotels", "Travel", "France", "Toulouse", 2800, False, "mqa", "integrations", 3),
        m("Pinecrest Software", "Software", "United States", "Austin", 90, False, "mqa", "security", 2),
        m("Foxglove Laboratories", "Pharma", "Denmark", "Odense", 1050, True, "themeless", "analytics", 4),
        m("Orchard Home", "Retail", "United Kingdom", "Bristol", 1700, True, "slow", "migration", 6),
        m("Tarsus Grid", "Utilities", "Italy", "Turin", 3300, True, "lukewarm", "integrations", 3, uses=(),
          growth=None),
        m("Umbra Forwarding", "Logistics", "Poland", "Gdańsk", None, True, "hand_raise", "integrations", 1,
          uses=(), growth=None, locations=None),
    )  # fmt: skip
    return tuple(_with(row, desk="") for row in rows)


def _held(members: list[Member], holder: str, desk: str) -> tuple[Member, ...]:
    return tuple(_with(member, holder=holder, desk=desk) for member in members)


def _with(member: Member, **changes: str) -> Member:
    values = {name: getattr(member, name) for name in Member.__slots__}
    return Member(**{**values, **changes})


CAST: tuple[Member, ...] = (*_queue(), *_working(), *_with_aes(), *_not_on_the_desk())
