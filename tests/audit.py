"""What a page in a real browser must stand: axe finds nothing, and nothing is wider than the window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Axe measures colours as they are now: a colour on its way to another is neither.
SETTLE = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => null)))"""


def show(page: Page, *, scheme: str, width: int) -> None:
    """Turn an open page to a theme (light or dark) and a window width in px, and wait until it rests."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(SETTLE)


def axe_faults(page: Page) -> list[tuple[str, str]]:
    """Each element that breaks a rule of WCAG or of good practice: (rule, its markup)."""
    found = Axe().run(page).response["violations"]
    return [(fault["id"], node["html"]) for fault in found for node in fault["nodes"]]


def fits(page: Page) -> bool:
    """Whether the page scrolls one way only."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
