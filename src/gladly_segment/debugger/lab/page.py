"""What the mapping lab shows, as a page and as JSON."""

from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import RESENT_AS_IT_IS
from gladly_segment.core.organization import Origin
from gladly_segment.debugger.lab.options import MappingOptions
from gladly_segment.debugger.lab.runs import Run, RunState
from gladly_segment.debugger.lab.watched import Sample
from gladly_segment.mapping.privacy import TREATABLE
from gladly_segment.transport.answers import Problem

SAMPLE: Final = 20
"""So many of the latest events are looked at, unless somebody wishes otherwise."""

MOST: Final = 100

PROPERTIES: Final = tuple(sorted(TREATABLE))
"""The properties that may be left out or hashed."""


def calls_at_most(events: int) -> int:
    """Tell how many requests to Gladly a run costs at most: two for an event, if no merge is followed, and a list."""
    return 2 * events + 1


class LabPage(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's options with what others would change.

    `options` are those in the form: of the run, or what was sent and is wrong (`problem`), or the present ones.
    `hashes`: there is a key to hash with. `version` comes back with a switch, `once` with every form. `toml` is how
    the options of the run are written into the settings file, for an organization that was declared there.
    """

    organization: OrganizationId | None
    origin: Origin | None = None
    present: MappingOptions = MappingOptions()
    options: MappingOptions = MappingOptions()
    hashes: bool = False
    version: str = ""
    sample: Sample = Sample(most=SAMPLE)
    calls_at_most: int = calls_at_most(SAMPLE)
    run: Run | None = None
    toml: str = ""
    switched: bool = False
    problem: Problem | None = None
    once: str = ""

    @property
    def properties(self) -> tuple[str, ...]:
        """Name the properties that may be left out or hashed."""
        return PROPERTIES

    @property
    def most(self) -> int:
        """Tell how many events may be looked at."""
        return MOST

    @property
    def are_resent_as_they_are(self) -> bool:
        """Tell whether a retry sends the sample's track events unchanged, where they have one."""
        return self.sample.cause in RESENT_AS_IT_IS

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way."""
        return self.run is not None and self.run.state is RunState.RUNNING

    @property
    def changes_rules(self) -> bool:
        """Tell whether the options of the run are others than the present ones."""
        return self.run is not None and self.run.options != self.present


class Begun(msgspec.Struct, frozen=True):
    """The run that was begun: `/lab.json?organization=...&run=...` tells how it stands."""

    run: str
    calls_at_most: int


class Switched(msgspec.Struct, frozen=True):
    """Whose options count from now on."""

    organization: OrganizationId
