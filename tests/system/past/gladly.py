"""`python -m tests.system.past.gladly OPTIONS`: the Gladly sandbox with any of its options, given as JSON."""

import sys

import msgspec

from gladly_segment.cli.loop import run
from gladly_segment.cli.ready import announce
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly
from gladly_segment.service.run import stop_signal


async def _play(options: GladlyOptions) -> None:
    stopping = stop_signal()
    async with await start_gladly(options) as sandbox:
        announce(sandbox.url)
        await stopping.wait()


if __name__ == "__main__":
    run(_play(msgspec.json.decode(sys.argv[1], type=GladlyOptions)))
