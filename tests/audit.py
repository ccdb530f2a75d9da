"""What a page in a real browser must stand: axe finds nothing, and nothing is wider than the window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Axe measures colours as they are now: a colour on its way to another is neither.
SETTLE = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => null)))"""

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What is the same on each page, and rows like the ones before: axe walks all that is there.
FRAME = ".side, .topbar, dialog"
MORE_OF_THE_SAME = "option:nth-of-type(n+4), tbody tr:nth-of-type(n+6), .operation:nth-of-type(n+4)"
PRUNE = "(selector) => document.querySelectorAll(selector).forEach((one) => one.remove())"
RUN = """(runOnly) => axe.run({runOnly, resultTypes: ["violations"], preload: false})
    .then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({html, any}) => [id, html, any[0]?.message ?? ""])))"""
# Chromium keeps some inherited colours when the theme changes under an open page: have it look at them all again.
ANEW = "() => { document.body.hidden = true; document.body.offsetHeight; document.body.hidden = false; }"


def show(page: Page, *, scheme: str, width: int) -> None:
    """Turn an open page to a theme (light or dark) and a window width in px, and wait until it rests."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(ANEW)
    page.evaluate(SETTLE)


def axe_faults(page: Page) -> list[tuple[str, str]]:
    """Each element that breaks a rule of WCAG or of good practice: (rule, its markup)."""
    found = Axe().run(page).response["violations"]
    return [(fault["id"], node["html"]) for fault in found for node in fault["nodes"]]


def load_axe(page: Page) -> None:
    """Have axe in every page that this tab opens: for `wcag_faults`."""
    page.add_init_script(Axe().axe_script)


def prune(page: Page, *, framed: bool) -> None:
    """Leave few of many like rows, and what frames every page only if `framed`: for `wcag_faults`."""
    page.evaluate(PRUNE, MORE_OF_THE_SAME if framed else f"{FRAME}, {MORE_OF_THE_SAME}")


def wcag_faults(page: Page, *, rule: str = "") -> list[tuple[str, str, str]]:
    """Each element that breaks WCAG 2.2 A or AA, or that rule: (rule, its markup, how). Quick; needs `load_axe`."""
    run = {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": WCAG}
    return [tuple(found) for found in page.evaluate(RUN, run)]


def fits(page: Page) -> bool:
    """Whether the page scrolls one way only."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
