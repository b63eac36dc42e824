"""A registry of npm on loopback, with packages that a test makes."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override


def packed(name: str, version: str, files: Mapping[str, str]) -> bytes:
    """Pack a package as npm does."""
    packing = io.BytesIO()
    about = json.dumps({"name": name, "version": version})
    with tarfile.open(fileobj=packing, mode="w:gz") as archive:
        for path, text in {**files, "package.json": about}.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packing.getvalue()


def integrity(tarball: bytes) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(tarball).digest()).decode()}"


@contextmanager
def registry(tarballs: Mapping[tuple[str, str], bytes]) -> Generator[str]:
    """Serve packages by name and version, and give the url."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self._content())

        def _content(self) -> bytes:
            found = {name: (version, tarball) for (name, version), tarball in tarballs.items()}
            name, _, tarball_wanted = self.path.strip("/").partition("/")
            version, tarball = found[name]
            if tarball_wanted:
                return tarball
            dist = {"tarball": f"{url}/{name}/it.tgz", "integrity": integrity(tarball)}
            versions = {version: {"name": name, "version": version, "dist": dist}}
            return json.dumps({"name": name, "dist-tags": {"latest": version}, "versions": versions}).encode()

        @override
        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield url
        finally:
            server.shutdown()
            serving.join()
