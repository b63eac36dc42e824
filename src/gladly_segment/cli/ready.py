"""How a server started from the command line says that it listens."""

import msgspec


class Ready(msgspec.Struct, omit_defaults=True):
    """Where it listens; `admin` is there when it has an admin listener."""

    ready: bool
    url: str
    admin: str = ""


def announce(url: str, admin: str = "") -> None:
    """Print one line of JSON on standard output: whoever started the process reads the urls from it."""
    ready = Ready(ready=True, url=url, admin=admin)
    print(msgspec.json.encode(ready).decode(), flush=True)  # noqa: T201 - read by programs
