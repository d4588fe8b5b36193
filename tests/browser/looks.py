"""What axe-core and the width of the window say of a page, in both colour schemes."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (375, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_VIOLATIONS = """async () => {
    document.querySelectorAll('details').forEach(d => d.open = true);
    const found = (await axe.run({resultTypes: ['violations']})).violations;
    return found.filter(one => ['serious', 'critical'].includes(one.impact))
        .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join('; '));
}"""
_TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


def faults(page: Page) -> list[str]:
    """Serious violations and sideways scrolling of the page as it is, with all of its details open."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = [f"{page.url}: {fault}" for fault in page.evaluate(_VIOLATIONS)]
    if (too_wide := page.evaluate(_TOO_WIDE)) > 0:
        found.append(f"{page.url}: {too_wide} px wider than the window")
    return found


def faults_in_both(page: Page) -> list[str]:
    """The same in both colour schemes, without loading it again: only styles ask for the scheme."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {fault}" for fault in faults(page)]
    return found
