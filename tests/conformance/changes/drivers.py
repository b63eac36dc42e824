"""All drivers of the ports. A new one is one line here."""

from collections.abc import Mapping
from typing import Final

from tests.conformance.changes.harness import Driver
from tests.conformance.changes.sqlite import SQLITE

DRIVERS: Final[Mapping[str, Driver]] = {driver.name: driver for driver in (SQLITE,)}
