"""What axe finds wrong with a page, for people who do not see it or do not use a mouse."""

from typing import Any, Final, Literal

from playwright.async_api import Page

from tests.architecture.conftest import ROOT

AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

_GRAVE: Final = {"serious", "critical"}
_RUN: Final = """
async () => {
  // Where a page says nothing axe takes the ground for white, also in the dark: tell it what the browser paints.
  const ground = new CSSStyleSheet();
  ground.replaceSync(":where(html) { background-color: Canvas }");
  document.adoptedStyleSheets.push(ground);
  const found = await axe.run(document, { resultTypes: ["violations"] });
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== ground);
  return found;
}
"""


async def grave_faults(page: Page) -> list[str]:
    """Examine what a page shows now, in light and in dark colours: what is wrong, and with which element."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        result: dict[str, Any] = await page.evaluate(_RUN)
        assert result["passes"], "axe examined nothing"
        found += [
            f"{scheme}: {violation['id']}: {node['html']}: {node['failureSummary']}"
            for violation in result["violations"]
            if violation["impact"] in _GRAVE
            for node in violation["nodes"]
        ]
    await page.emulate_media(color_scheme="null")
    return found


async def assert_accessible(page: Page) -> None:
    """Raise AssertionError for a fault that is serious or critical."""
    faults = await grave_faults(page)
    assert not faults, "\n".join(faults)
