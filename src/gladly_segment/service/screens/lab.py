"""The mapping lab on the running service."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.declarations import toml_text
from gladly_segment.config.declared import organization_of
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.records import History, Selection
from gladly_segment.debugger.lab import LabPreview, MappingOptions, Sample, Subject
from gladly_segment.debugger.lab.options import PRIVACY
from gladly_segment.debugger.settings.watched import Change, Changed, Rejected
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.history import History as Events
from gladly_segment.ports.history import Search
from gladly_segment.ports.receipts import Receipts
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.preview import has_preview
from gladly_segment.service.screens.changing import Changing, version_of

_OCCURRENCES: Final = tuple(state for state in State if state is not State.IGNORED)
_WITHOUT_RULES: Final = {"gladly_user": "-", "gladly_token": "-", "segment_write_key": "-"}
_SWITCHED: Final = "mapping_switched"


class LabRoom:
    """What the screen is given."""

    def __init__(
        self,
        settings: Settings,
        fleet: Fleet,
        changing: Changing,
        *,
        events: Events,
        receipts: Receipts,
        curator: Curator,
    ) -> None:
        self._settings = settings
        self._fleet = fleet
        self._changing = changing
        self._events = events
        self._receipts = receipts
        self._curator = curator

    async def subject(self, organization: OrganizationId) -> Subject | None:
        """See the port."""
        found = self._organization(organization)
        if found is None:
            return None
        declared = await self._changing.declared(organization) if found.origin is Origin.REGISTRY else None
        return Subject(organization=found, version=version_of(declared) if declared is not None else "")

    def variant(self, organization: Organization, options: MappingOptions) -> Organization:
        """See the port."""
        key = organization.privacy.hash_key
        privacy = {**options.privacy, **({"hash_key": key.reveal()} if key is not None else {})}
        table = {**_WITHOUT_RULES, "events": [str(kind) for kind in options.events], "privacy": privacy}
        ruled = organization_of(organization.name, table, WebhookCredentials(), self._settings)
        return msgspec.structs.replace(organization, events=ruled.events, privacy=ruled.privacy)

    async def sample(self, organization: OrganizationId, sample: Sample) -> Sequence[History]:
        """See the port."""
        found = await (self._dead(organization, sample) if sample.is_dead else self._latest(organization, sample))
        return [each for each in found if has_preview(each)]

    def preview(self, organization: OrganizationId) -> LabPreview | None:
        """See the port."""
        return self._fleet.preview(organization)

    async def switch(self, organization: OrganizationId, options: MappingOptions, version: str, by: str) -> bool:
        """See the port."""
        change = Change(organization=organization, version=version, may_change_key=False, by=by)
        outcome = await self._changing.put(change, _values(options), what=_SWITCHED)
        if isinstance(outcome, Rejected):
            wrong = outcome.wrongs[0]
            raise SettingsError(wrong.message, hint=wrong.hint)
        return isinstance(outcome, Changed)

    def toml(self, organization: OrganizationId, options: MappingOptions) -> str:
        """See the port."""
        kinds = [str(kind) for kind in options.events]
        lines = [f"[organizations.{organization}]", f"events = {toml_text(kinds)}"]
        if options.privacy:
            lines += ["", f"[organizations.{organization}.privacy]"]
            lines += [f"{name} = {toml_text(names)}" for name, names in options.privacy.items()]
        return "\n".join(lines)

    def _organization(self, name: OrganizationId) -> Organization | None:
        return next((each for each in self._fleet.organizations if each.name == name), None)

    async def _dead(self, organization: OrganizationId, sample: Sample) -> Sequence[History]:
        selection = Selection(
            organization=organization, seqs=sample.letters or None, states=(State.PARKED,), cause=sample.cause
        )
        return (await self._curator.find(selection, sample.most))[::-1]

    async def _latest(self, organization: OrganizationId, sample: Sample) -> Sequence[History]:
        search = Search(organization=organization, states=_OCCURRENCES)
        found = await self._events.search(search, sample.most)
        receipts = [await self._receipts.receipt(each.seq) for each in found.events]
        return [each for each in receipts if each is not None]


def _values(options: MappingOptions) -> Mapping[str, object]:
    """Give the settings of a mapping by their dotted keys, None for what is as by default."""
    # All kinds is the default, and none is wrong, which the settings say themselves.
    events = None if options.sends_all_kinds else [str(kind) for kind in options.events]
    return {"events": events, **{f"privacy.{key}": options.privacy.get(key) for key in PRIVACY}}
