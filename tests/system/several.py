"""Several commands in one process, since starting one takes longer than most of them do.

The arguments are one JSON list of argument lists; the answer is a JSON list of what each command said.
"""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress

import msgspec

from gladly_segment.cli import main


def _run(arguments: list[str]) -> str:
    said = io.TextIOWrapper(io.BytesIO(), write_through=True)
    sys.argv = ["gladly-segment", *arguments]
    with redirect_stdout(said), redirect_stderr(said), suppress(SystemExit):
        main()
    said.seek(0)
    return said.read()


if __name__ == "__main__":
    commands = msgspec.json.decode(sys.argv[1], type=list[list[str]])
    sys.stdout.buffer.write(msgspec.json.encode([_run(arguments) for arguments in commands]))
