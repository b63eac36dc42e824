"""The service with a library that quotes, and a fault that nobody foresaw: it ends with a traceback."""

import logging

from gladly_segment.cli import main
from gladly_segment.workers import Desk
from tests.system.canaries import EVERYTHING


def _fail(self: Desk) -> None:
    logging.getLogger("a.library").error("cannot send %s", " ".join(canary.text for canary in EVERYTHING))
    raise RuntimeError("a fault that nobody foresaw")


if __name__ == "__main__":
    Desk.worked = _fail
    main()
