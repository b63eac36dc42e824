"""All drivers of the curator port. A new one is one line here."""

from collections.abc import Mapping
from typing import Final

from tests.conformance.curator.harness import Driver
from tests.conformance.curator.sqlite import SQLITE

DRIVERS: Final[Mapping[str, Driver]] = {driver.name: driver for driver in (SQLITE,)}
