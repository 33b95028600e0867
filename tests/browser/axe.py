"""What axe-core finds wrong with a page."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
READY = "new Promise((done) => (window.django?.jQuery ?? setTimeout)(done))"  # after what else waits for that
COLOURS = ("color-contrast", "link-in-text-block")
# The rules that axe runs unasked, less those whose findings are never serious: a quarter of the time.
RUN = """chosen => {
    const unasked = axe._audit.rules.filter((rule) => rule.enabled && !/experimental|deprecated/.test(rule.tags));
    const serious = unasked.filter((rule) => rule.impact === 'serious' || rule.impact === 'critical');
    const values = chosen.length ? chosen : serious.map((rule) => rule.id);
    return axe.run(document, {runOnly: {type: 'rule', values}, resultTypes: ['violations'], preload: false});
}"""


def serious(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds seriously wrong with a page, by all its rules or by these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    page.evaluate(READY)
    found = page.evaluate(RUN, list(rules))
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]
