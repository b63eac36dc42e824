"""What every file of the source has in common, and what none may hold."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.conftest import PACKAGE, ROOT

RUFF = Path(sys.executable).with_name("ruff")
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 300

KEPT = (
    "*.md",
    "*.py",
    "*.toml",
    "Makefile",
    ".ci/*",
    "changes/*",
    "docs/**/*",
    "requirements/*",
    "scripts/*",
    "src/**/*",
    "tests/**/*",
    "web/*",
)
"""What belongs to the repository; the rest is made on the way."""


def ruff(code: str, module: str) -> subprocess.CompletedProcess[str]:
    """Check some code as if it were a module of the source."""
    return subprocess.run(
        [
            str(RUFF),
            "check",
            "--no-cache",
            "--output-format",
            "concise",
            "--stdin-filename",
            f"src/gladly_segment/{module}",
            "-",
        ],
        cwd=ROOT,
        input=f'"""A module."""\n\n{code}',
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n",
        "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
        "from datetime import datetime\n\nNOW = datetime.utcnow()\n",
    ],
)
@pytest.mark.parametrize("module", ["mapping/track.py", "core/retry.py", "enrich/worker.py"])
def test_the_time_comes_from_the_clock_port_alone(code: str, module: str) -> None:
    checked = ruff(code, module)

    assert checked.returncode != 0
    assert "TID251" in checked.stdout
    assert "Take the time from the Clock port." in checked.stdout


def test_code_that_takes_the_time_as_an_argument_passes() -> None:
    checked = ruff(
        "from datetime import datetime\n\n\ndef late(now: datetime, due: datetime) -> bool:\n"
        '    """Tell whether it is late."""\n    return now > due\n',
        "mapping/track.py",
    )

    assert checked.returncode == 0, checked.stdout


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]

    assert silent == []


def test_no_module_is_long() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users|mnt|opt/pyenv)/[\w.]+")
REGISTRY_HOST = re.compile(r"\b(?:pypi|pythonhosted|npmjs)\.\w+")


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["machine path", "registry host"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    files = [path for kept in KEPT for path in ROOT.glob(kept) if path.is_file() and "__pycache__" not in path.parts]

    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in files
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    }

    assert len(files) > 200
    assert found == {}


@pytest.mark.parametrize(
    "text", ["/" + "work/main", "see /" + "home/ann/x", '"/' + "root/.cache", "https://pypi" + ".org/simple"]
)
def test_a_machine_or_a_registry_would_be_noticed(text: str) -> None:
    assert MACHINE_PATH.search(text) or REGISTRY_HOST.search(text)
