"""The documentation says what the code does."""

import importlib.util
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pytest

from gladly_segment.config import load_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def written_pages() -> Mapping[str, str]:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "scripts" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[], Mapping[str, str]]", module.pages)()


def test_reference_pages_are_what_the_code_says() -> None:
    stored = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}

    assert stored == written_pages(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_settings_in_the_readme_start_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    for name in ("gladly-token", "segment-write-key", "webhook-passwords"):
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
    file = tmp_path / "gladly-segment.toml"
    file.write_text(re.sub(r"^ {3}", "", example, flags=re.MULTILINE).replace("/etc/gladly-segment", str(tmp_path)))
    monkeypatch.chdir(tmp_path)

    settings = load_settings()

    assert list(settings.organizations) == list(tomllib.loads(file.read_text())["organizations"])


def test_metrics_in_the_operations_page_exist() -> None:
    named = set(re.findall(r"gladly_segment_\w+", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))

    listed = set(re.findall(r"gladly_segment_\w+", written_pages()["metrics.md"]))

    assert named
    assert named <= listed
