"""The browser's libraries come from npm as they are locked, into the wheel and not into git."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.conftest import ROOT
from tests.architecture.npm_registry import integrity, packed, registry

WEB = ROOT / "web"
VENDOR = "src/gladly_segment/debugger/static/vendor"
PACKED = "gladly_segment/debugger/static/vendor"
NOBODY_LISTENS = "http://127.0.0.1:9/"

LIBRARIES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("uplot", "9.9.2"): {
        "dist/uPlot.esm.js": "export default 'uPlot'",
        "dist/uPlot.min.css": ".u {}",
        "LICENSE": "Everybody may.",
    },
}
TARBALLS = {library: packed(*library, files) for library, files in LIBRARIES.items()}


def _locked() -> dict[str, Any]:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    return {place.removeprefix("node_modules/"): package for place, package in packages.items() if place}


def test_every_package_is_locked_with_its_integrity_and_no_host() -> None:
    locked = _locked()

    assert locked.keys() >= {"uplot", "axe-core"}
    assert [name for name, package in locked.items() if not package["integrity"].startswith("sha512-")] == []
    assert "://" not in (WEB / "package-lock.json").read_text()
    assert "registry=" not in (WEB / ".npmrc").read_text()


def test_every_package_that_is_asked_for_is_asked_for_in_one_version() -> None:
    asked = json.loads((WEB / "package.json").read_text())
    locked = _locked()

    versions = asked["dependencies"] | asked["devDependencies"]

    assert versions == {name: locked[name]["version"] for name in versions}


def test_the_pages_use_one_library() -> None:
    assert {name for name, package in _locked().items() if not package.get("dev")} == {"uplot"}


def test_git_keeps_none_of_them() -> None:
    git = shutil.which("git") or "git"
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    kept = listed.stdout.splitlines()

    assert "LICENSE" in kept
    assert [path for path in kept if path.startswith(VENDOR) or "node_modules" in path] == []
    assert [path for path in kept if re.search(r"(uplot|axe)[\w.-]*\.(js|css)$", path, re.IGNORECASE)] == []


def test_what_is_served_is_what_npm_installed() -> None:
    hook = _hook()

    served = {path.name: path.read_bytes() for path in (ROOT / VENDOR).iterdir()}

    assert served.keys() == {*hook.FILES, hook.VERSIONS}
    assert {name: (WEB / "node_modules" / source).read_bytes() for name, source in hook.FILES.items()} == {
        name: content for name, content in served.items() if name != hook.VERSIONS
    }
    package = _locked()["uplot"]
    assert f"uplot {package['version']} {package['integrity']}\n" in served[hook.VERSIONS].decode()


def test_the_node_that_a_build_brings_is_the_locked_one() -> None:
    assert f"{_hook().NODE} \\\n" in (ROOT / "requirements" / "dev.txt").read_text()


def _hook() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    return hook


def _build(tree: Path, target: str, into: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)],
        cwd=tree,
        env={**os.environ, "npm_config_cache": str(into / "cache"), "npm_config_fetch_retries": "0", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _wheel(folder: Path) -> zipfile.ZipFile:
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel)


def test_a_wheel_holds_the_libraries_the_pages_and_no_need_of_node(tmp_path: Path) -> None:
    built = _build(ROOT, "wheel", tmp_path, npm_config_registry=NOBODY_LISTENS)

    assert built.returncode == 0, built.stderr
    with _wheel(tmp_path) as wheel:
        names = set(wheel.namelist())
        (metadata,) = (wheel.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert {f"{PACKED}/{path.name}" for path in (ROOT / VENDOR).iterdir()} <= names
    package = ROOT / "src"
    pages = [*package.rglob("templates/*"), *package.rglob("static/*.*")]
    assert len(pages) > 5
    assert {str(path.relative_to(package)) for path in pages} <= names
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert len(needed) > 5
    assert [line for line in needed if re.search(r"node|playwright", line)] == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project that is built as ours is, with two libraries of the test's own, which are not there yet."""
    tree = tmp_path / "tree"
    (tree / "src" / "gladly_segment").mkdir(parents=True)
    for file in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / file, tree)
    (tree / "src" / "gladly_segment" / "__init__.py").write_text('__version__ = "1"\n')
    (tree / "web").mkdir()
    shutil.copy(WEB / ".npmrc", tree / "web")
    _lock(tree, TARBALLS)
    return tree


def _lock(tree: Path, tarballs: Mapping[tuple[str, str], bytes]) -> None:
    asked = {"name": "web", "dependencies": dict(tarballs.keys())}
    packages = {
        f"node_modules/{name}": {"version": version, "integrity": integrity(tarball)}
        for (name, version), tarball in tarballs.items()
    }
    lock = {"name": "web", "lockfileVersion": 3, "requires": True, "packages": {"": asked, **packages}}
    (tree / "web" / "package.json").write_text(json.dumps(asked))
    (tree / "web" / "package-lock.json").write_text(json.dumps(lock))


@pytest.fixture
def npm() -> Iterator[str]:
    with registry(TARBALLS) as url:
        yield url


@pytest.fixture
def without_npm(tmp_path: Path) -> str:
    """A search path on which there is none."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return str(folder)


def test_a_build_fetches_them_where_they_are_not_there(tree: Path, npm: str, tmp_path: Path) -> None:
    built = _build(tree, "wheel", tmp_path, npm_config_registry=npm)

    assert built.returncode == 0, built.stderr
    with _wheel(tmp_path) as wheel:
        assert wheel.read(f"{PACKED}/uPlot.min.css") == b".u {}"
        assert wheel.read(f"{PACKED}/uPlot.LICENSE.txt") == b"Everybody may."
        assert wheel.read(f"{PACKED}/VERSIONS.txt").startswith(b"uplot 9.9.2 sha512-")


def test_where_there_is_no_npm_the_build_brings_its_own(tree: Path, npm: str, tmp_path: Path, without_npm: str) -> None:
    built = _build(tree, "wheel", tmp_path, npm_config_registry=npm, PATH=without_npm)

    assert built.returncode == 0, built.stderr
    with _wheel(tmp_path) as wheel:
        assert wheel.read(f"{PACKED}/uPlot.esm.js") == b"export default 'uPlot'"


def test_a_source_distribution_is_built_without_a_network(tree: Path, npm: str, tmp_path: Path) -> None:
    packed_source = _build(tree, "sdist", tmp_path, npm_config_registry=npm)
    (source,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (extracted,) = (tmp_path / "source").iterdir()

    built = _build(extracted, "wheel", tmp_path, npm_config_registry=NOBODY_LISTENS)

    assert packed_source.returncode == 0, packed_source.stderr
    assert built.returncode == 0, built.stderr
    assert not (extracted / "web" / "node_modules").exists()
    with _wheel(tmp_path) as wheel:
        assert wheel.read(f"{PACKED}/uPlot.LICENSE.txt") == b"Everybody may."


def test_they_are_fetched_anew_when_the_lock_has_changed(tree: Path, npm: str, tmp_path: Path) -> None:
    _build(tree, "wheel", tmp_path, npm_config_registry=npm)
    library = ("uplot", "9.9.3")
    newer = packed(*library, {**LIBRARIES["uplot", "9.9.2"], "dist/uPlot.min.css": ".newer {}"})
    tarballs: dict[tuple[str, str], bytes] = {library: newer}
    _lock(tree, tarballs)

    with registry(tarballs) as url:
        built = _build(tree, "wheel", tmp_path / "anew", npm_config_registry=url)

    assert built.returncode == 0, built.stderr
    with _wheel(tmp_path / "anew") as wheel:
        assert wheel.read(f"{PACKED}/uPlot.min.css") == b".newer {}"


def test_what_is_not_what_the_lock_names_is_refused(tree: Path, tmp_path: Path) -> None:
    changed = {**LIBRARIES["uplot", "9.9.2"], "dist/uPlot.esm.js": "export default 'another'"}

    with registry({**TARBALLS, ("uplot", "9.9.2"): packed("uplot", "9.9.2", changed)}) as url:
        built = _build(tree, "wheel", tmp_path, npm_config_registry=url)

    assert built.returncode == 1
    assert built.stderr == (
        "the browser's libraries cannot be installed: what the registry sent is not what web/package-lock.json names; "
        "do not use it\n"
    )
    assert not (tree / VENDOR).exists()


def test_a_registry_that_is_not_reached_is_told_in_one_sentence(tree: Path, tmp_path: Path) -> None:
    built = _build(tree, "wheel", tmp_path, npm_config_registry=NOBODY_LISTENS)

    assert built.returncode == 1
    assert built.stderr == (
        "the browser's libraries cannot be installed: npm does not reach its registry (ECONNREFUSED); connect this "
        "machine, or run `npm config set registry URL`\n"
    )


def test_a_lock_that_does_not_fit_is_told_in_one_sentence(tree: Path, tmp_path: Path) -> None:
    asked = tree / "web" / "package.json"
    asked.write_text(asked.read_text().replace("9.9.2", "9.9.4"))

    with registry({**TARBALLS, ("uplot", "9.9.4"): packed("uplot", "9.9.4", {})}) as url:
        built = _build(tree, "wheel", tmp_path, npm_config_registry=url)

    assert built.returncode == 1
    assert built.stderr == (
        "the browser's libraries cannot be installed: web/package-lock.json does not fit web/package.json; "
        "run `make lock`\n"
    )


def test_only_a_build_that_needs_npm_and_has_none_asks_for_node(
    tree: Path, without_npm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = _hook()
    monkeypatch.setenv("PATH", without_npm)

    def wanted(root: Path) -> list[str]:
        return hook.BrowserLibraries(str(root), {}, None, None, "", "wheel").dependencies()

    assert wanted(tree) == [hook.NODE]
    assert wanted(ROOT) == []
