"""The service with a guardian that enables the webhook again and recovers nothing: what the audit must not let pass."""

from datetime import datetime

from gladly_segment.cli import main
from gladly_segment.recover import GapRecovery
from tests.system.watchful import hasten


async def _recover_nothing(self: GapRecovery, start: datetime, end: datetime) -> int:
    return 0


if __name__ == "__main__":
    hasten()
    GapRecovery.run = _recover_nothing
    main()
