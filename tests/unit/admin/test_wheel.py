"""What pages are made of is in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
ADMIN = ROOT / "src" / "gladly_segment" / "admin"


def test_templates_and_styles_are_in_the_wheel(tmp_path: Path) -> None:
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)

    (wheel,) = tmp_path.iterdir()
    packed = set(zipfile.ZipFile(wheel).namelist())

    files = [file for folder in ("templates", "static") for file in (ADMIN / folder).iterdir()]
    assert len(files) >= 4
    assert {f"gladly_segment/admin/{file.relative_to(ADMIN)}" for file in files} <= packed
