"""How a server started from the command line says that it listens."""

import msgspec


class _Ready(msgspec.Struct):
    ready: bool
    url: str


def announce(url: str) -> None:
    """Print one line of JSON on standard output: whoever started the process reads the url from it."""
    print(msgspec.json.encode(_Ready(ready=True, url=url)).decode(), flush=True)  # noqa: T201 - read by programs
