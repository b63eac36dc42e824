"""What the mapping lab is given: an organization, a sample of its events, and what would be made of them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.organization import Organization
from gladly_segment.core.records import History, Settlement
from gladly_segment.debugger.lab.options import MappingOptions


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """An organization as the lab finds it; `version` is another one once its declaration has changed."""

    organization: Organization
    version: str


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are looked at: the latest, or with `cause` or `letters` dead letters; `most` at most."""

    most: int
    cause: ParkCause | None = None
    letters: tuple[Seq, ...] = ()

    @property
    def is_dead(self) -> bool:
        """Tell whether it is made of dead letters."""
        return bool(self.letters) or self.cause is not None


class LabPreview(Protocol):
    """What would be made of an organization's events now. Nothing is sent, settled or kept."""

    async def of(self, receipt: History, variants: Sequence[Organization]) -> Sequence[Settlement]:
        """Give what would become of a receipt if its organization were each of these. Raises CallFailedError."""
        ...


class MappingLab(Protocol):
    """The running service. Every asynchronous method may raise JournalUnavailableError."""

    async def subject(self, organization: OrganizationId) -> Subject | None:
        """Give an organization; None where it is not known."""
        ...

    def variant(self, organization: Organization, options: MappingOptions) -> Organization:
        """Give an organization as it would be with other options. Raises SettingsError; does not block."""
        ...

    async def sample(self, organization: OrganizationId, sample: Sample) -> Sequence[History]:
        """Give events that something can be made of, the newest first. Raises HistoryUnavailableError."""
        ...

    def preview(self, organization: OrganizationId) -> LabPreview | None:
        """Begin to look; None where the organization is not known any more. Does not block."""
        ...

    async def switch(self, organization: OrganizationId, options: MappingOptions, version: str, by: str) -> bool:
        """Let options count from now on, and note who did it; False when the declaration is of another version by now.

        Only for those declared in the registry. Raises SettingsError, also when secrets cannot be opened.
        """
        ...

    def toml(self, organization: OrganizationId, options: MappingOptions) -> str:
        """Write options as they would stand in the settings file. Does not block."""
        ...
