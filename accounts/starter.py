"""The title rules and personas that a new installation starts with (domain.md §2, §8): plain rows, to be edited. Pure.

No persona is marked key: as long as nobody marks one, everybody counts as key, with a warning.
"""

from typing import NamedTuple

# In this order; the first that matches wins, so what would mislead a later rule stands before it.
SENIORITY_RULES: tuple[tuple[str, str], ...] = (
    ("other", "assistant to, executive assistant, personal assistant, office of the, lead generation, lead gen"),
    ("other", "intern, internship, trainee, apprentice, student, working student"),
    ("director", "chief of staff"),
    ("manager", "product owner, process owner, service owner, data owner, system owner"),
    ("c_level", "chief, ceo, cfo, cto, cio, coo, cmo, ciso, cro, cso, cpo, cdo, chro, cco, cxo"),
    ("c_level", "founder, co founder, cofounder, owner, co owner, managing partner, managing director"),
    ("c_level", "chairman, chairwoman, chairperson, geschäftsführer, geschäftsführerin, vorstand, pdg"),
    ("vp", "vp, svp, evp, avp, rvp, gvp, vice president, vicepresident"),
    ("c_level", "president"),
    ("director", "director, head, general manager, directeur, directrice"),
    ("director", "leiter, leiterin, abteilungsleiter, bereichsleiter"),
    ("manager", "manager, mgr, lead, team lead, team leader, supervisor, responsable, teamleiter, teamleiterin"),
)

_LEADERS = "chief, vp, svp, evp, vice president, director, head, manager, lead"


class PersonaRow(NamedTuple):
    """A rule of a persona. Title and department must both match when both are named."""

    persona: str
    title_words: str
    department_words: str = ""


FINANCE = "Economic buyer (finance)"
TECHNICAL = "Technical decision maker"
OPERATIONS = "Operations leader"
COMMERCIAL = "Commercial leader"
SPONSOR = "Executive sponsor"
PRACTITIONER = "Practitioner"
PERSONAS = (FINANCE, TECHNICAL, OPERATIONS, COMMERCIAL, SPONSOR, PRACTITIONER)

PERSONA_RULES: tuple[PersonaRow, ...] = (
    PersonaRow(FINANCE, "cfo, chief financial officer, finance, financial, controller, treasurer, accounting"),
    PersonaRow(FINANCE, "procurement, purchasing, sourcing"),
    PersonaRow(FINANCE, "", "finance, accounting, procurement, purchasing"),
    PersonaRow(TECHNICAL, "cto, cio, ciso, chief technology officer, chief information officer, chief architect"),
    PersonaRow(TECHNICAL, "chief information security officer, chief digital officer, chief data officer"),
    PersonaRow(TECHNICAL, "vp engineering, vp of engineering, vice president engineering, engineering director"),
    PersonaRow(TECHNICAL, "vice president of engineering, director of engineering, head of engineering"),
    PersonaRow(TECHNICAL, "vp it, vp of it, director of it, it director, head of it, it manager, engineering manager"),
    PersonaRow(TECHNICAL, "vp technology, vp of technology, director of technology, head of technology"),
    PersonaRow(TECHNICAL, "vp security, director of security, head of security, security director"),
    PersonaRow(TECHNICAL, _LEADERS, "it, information technology, engineering, technology, security, data"),
    PersonaRow(OPERATIONS, "coo, chief operating officer, vp operations, vp of operations, operations director"),
    PersonaRow(OPERATIONS, "director of operations, head of operations, operations manager, general manager"),
    PersonaRow(OPERATIONS, "vice president operations, vice president of operations"),
    PersonaRow(OPERATIONS, "supply chain, logistics"),
    PersonaRow(OPERATIONS, _LEADERS, "operations, supply chain, logistics"),
    PersonaRow(COMMERCIAL, "cmo, cro, chief marketing officer, chief revenue officer, chief commercial officer"),
    PersonaRow(COMMERCIAL, "vp marketing, vp of marketing, head of marketing, marketing director"),
    PersonaRow(COMMERCIAL, "vp sales, vp of sales, head of sales, sales director, revops, revenue operations"),
    PersonaRow(COMMERCIAL, _LEADERS, "marketing, sales, revenue, growth, customer success"),
    PersonaRow(SPONSOR, "ceo, chief executive, founder, co founder, managing director, general partner"),
    PersonaRow(PRACTITIONER, "engineer, developer, architect, administrator, admin, analyst, specialist, consultant"),
    PersonaRow(PRACTITIONER, "coordinator, scientist, designer, technician, operator, planner, buyer, product manager"),
)
