"""All drivers of the journal port. A new one is one line here."""

from collections.abc import Mapping
from typing import Final

from tests.conformance.journal.harness import Driver
from tests.conformance.journal.sqlite import SQLITE

DRIVERS: Final[Mapping[str, Driver]] = {driver.name: driver for driver in (SQLITE,)}
