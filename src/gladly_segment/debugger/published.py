"""All addresses of the Debugger, for those who describe them without a running service."""

from collections.abc import Sequence
from types import ModuleType
from typing import Final

from gladly_segment.debugger.completeness import endpoints as completeness
from gladly_segment.debugger.connect import endpoints as connect
from gladly_segment.debugger.conversation import endpoints as conversation
from gladly_segment.debugger.dead import endpoints as dead
from gladly_segment.debugger.event import endpoints as event
from gladly_segment.debugger.events import endpoints as events
from gladly_segment.debugger.lab import endpoints as lab
from gladly_segment.debugger.overview import endpoints as overview
from gladly_segment.debugger.settings import endpoints as settings
from gladly_segment.transport.endpoints import Endpoint


def _of(module: ModuleType) -> Sequence[Endpoint]:
    return [each for each in vars(module).values() if isinstance(each, Endpoint)]


ENDPOINTS: Final[Sequence[Endpoint]] = [
    endpoint
    for module in (overview, events, event, conversation, completeness, dead, lab, settings, connect)
    for endpoint in _of(module)
]
"""In the order of the screens."""
