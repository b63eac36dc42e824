"""What `make check` enforces about the house, shown by planting what it must refuse."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the sources with the project's own settings."""
    shutil.copytree(ROOT / "src" / "gladly_segment", tmp_path / "src" / "gladly_segment")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "lint-imports", "--config", house / "pyproject.toml", "--no-cache"],
        cwd=house / "src",
        env={"PYTHONPATH": str(house / "src"), "PATH": str(BIN)},
        capture_output=True,
        text=True,
        check=False,
    )


def plant(house: Path, module: str, line: str) -> None:
    path = house / "src" / "gladly_segment" / module
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")


def test_the_house_as_it_stands_keeps_its_contracts(house: Path) -> None:
    checked = lint_imports(house)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "line", "named"),
    [
        ("core/quota.py", "import gladly_segment.journals.sqlite", "gladly_segment.core"),
        ("core/quota.py", "import asyncio", "asyncio"),
        ("mapping/track.py", "import time", "time"),
        ("enrich/outcome.py", "import gladly_segment.deliver.worker", "gladly_segment.enrich"),
        ("ports/clock.py", "import gladly_segment.observe.logs", "gladly_segment.ports"),
        ("service/run.py", "import gladly_segment.sandbox.faults", "gladly_segment.service"),
        ("sandbox/faults.py", "import gladly_segment.core.ids", "gladly_segment.sandbox"),
        ("utils/__init__.py", "", "gladly_segment.utils"),
    ],
)
def test_a_planted_import_breaks_a_contract_and_is_named(house: Path, module: str, line: str, named: str) -> None:
    plant(house, module, line)

    checked = lint_imports(house)

    assert checked.returncode != 0
    assert named in checked.stdout


def test_the_time_of_the_machine_cannot_be_asked_outside_of_the_clock(house: Path) -> None:
    plant(house, "mapping/track.py", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)")

    checked = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--config", house / "pyproject.toml", house / "src"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode != 0
    assert "TID251" in checked.stdout


def test_files_are_short_enough_to_do_one_thing() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "src").rglob("*.py")}

    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 300} == {}


def test_every_dependency_is_used() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    sources = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))

    names = [text.partition(">=")[0].replace("-", "_") for text in declared]

    assert [name for name in names if f"import {name}" not in sources and f"from {name}" not in sources] == []


def test_lock_files_carry_hashes_and_no_host() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()

        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text
        assert "--index-url" not in text
