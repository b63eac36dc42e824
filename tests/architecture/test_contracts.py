"""What `make check` enforces about the house, shown by planting what it must refuse."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

LAYERS = "Imports go down only; siblings do not know each other"
SANDBOX = "The sandbox stands alone: only the command line starts it"
DRIVER = "Only the service names concrete drivers of what is kept on disk"
PURE = "The core and the mapping are pure: no I/O, no clock, no randomness"

Check = Callable[[], subprocess.CompletedProcess[str]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the source, to plant imports in."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.fixture
def check(tree: Path) -> Check:
    """Checks the copy as `make check` does."""

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(LINT_IMPORTS), "--no-cache"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def plant(tree: Path, module: str, statement: str) -> None:
    file = tree / "src" / "gladly_segment" / module
    file.parent.mkdir(exist_ok=True)
    before = file.read_text() if file.exists() else '"""A new one."""\n'
    file.write_text(f"{before}\n{statement}\n")


def test_every_contract_is_kept(check: Check) -> None:
    checked = check()

    assert checked.returncode == 0, checked.stdout
    for contract in (LAYERS, SANDBOX, DRIVER, PURE):
        assert f"{contract} KEPT" in checked.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract", "named"),
    [
        (
            "core/retry.py",
            "from gladly_segment.journals.sqlite import open_journal",
            LAYERS,
            "gladly_segment.core.retry -> gladly_segment.journals.sqlite",
        ),
        (
            "mapping/track.py",
            "from gladly_segment.ports.clock import Clock",
            LAYERS,
            "gladly_segment.mapping.track -> gladly_segment.ports.clock",
        ),
        (
            "enrich/outcome.py",
            "from gladly_segment.deliver import DeliverWorker",
            LAYERS,
            "gladly_segment.enrich.outcome -> gladly_segment.deliver",
        ),
        (
            "receive/app.py",
            "from gladly_segment.enrich import EnrichWorker",
            LAYERS,
            "gladly_segment.receive.app -> gladly_segment.enrich",
        ),
        (
            "gladly/client.py",
            "from gladly_segment.segment import SegmentClient",
            LAYERS,
            "gladly_segment.gladly.client -> gladly_segment.segment",
        ),
        (
            "sandbox/faults.py",
            "from gladly_segment.core.secret import Secret",
            LAYERS,
            "gladly_segment.sandbox.faults -> gladly_segment.core.secret",
        ),
        ("helpers/__init__.py", "", LAYERS, "- gladly_segment.helpers"),
        ("helpers.py", "", LAYERS, "- gladly_segment.helpers"),
        (
            "service/run.py",
            "from gladly_segment.sandbox.faults import FaultPlan",
            SANDBOX,
            "gladly_segment.service.run -> gladly_segment.sandbox.faults",
        ),
        (
            "cli/serve.py",
            "from gladly_segment.journals.sqlite import open_journal",
            DRIVER,
            "gladly_segment.cli.serve -> gladly_segment.journals.sqlite",
        ),
        (
            "recover/gap.py",
            "from gladly_segment.spool import open_spool",
            DRIVER,
            "gladly_segment.recover.gap -> gladly_segment.spool",
        ),
        (
            "cli/explain.py",
            "from gladly_segment.mirrors import open_mirrors",
            DRIVER,
            "gladly_segment.cli.explain -> gladly_segment.mirrors",
        ),
        (
            "cli/events.py",
            "from gladly_segment.history import SqliteHistory",
            DRIVER,
            "gladly_segment.cli.events -> gladly_segment.history",
        ),
        ("core/retry.py", "import asyncio", PURE, "gladly_segment.core.retry -> asyncio"),
        ("core/identity.py", "import random", PURE, "gladly_segment.core.identity -> random"),
        ("mapping/intake.py", "import logging", PURE, "gladly_segment.mapping.intake -> logging"),
        ("mapping/contact.py", "from time import time", PURE, "gladly_segment.mapping.contact -> time"),
        ("mapping/attributes.py", "import aiohttp", PURE, "gladly_segment.mapping.attributes -> aiohttp"),
    ],
)
def test_a_forbidden_import_fails_the_check_and_is_named(
    tree: Path, check: Check, module: str, statement: str, contract: str, named: str
) -> None:
    plant(tree, module, statement)

    checked = check()

    assert checked.returncode != 0
    assert f"{contract} BROKEN" in checked.stdout
    assert named in checked.stdout


def test_every_dependency_is_used() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    sources = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))

    names = [text.partition(">=")[0] for text in declared]

    assert [name for name in names if not re.search(rf"(import|from) {re.sub('-', '[._]', name)}\b", sources)] == []


def test_lock_files_carry_hashes_and_no_host() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()

        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text
        assert "--index-url" not in text
