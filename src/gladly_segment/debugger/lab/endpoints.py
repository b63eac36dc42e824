"""What the mapping lab publishes."""

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from gladly_segment.admin import answers as door
from gladly_segment.admin.publishing import ConfirmedForm, change, page, refused, twin
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.occurrence import EventKind
from gladly_segment.debugger import answers
from gladly_segment.debugger.lab.options import MappingOptions
from gladly_segment.debugger.lab.page import MOST, SAMPLE, Begun, LabPage, Switched
from gladly_segment.debugger.lab.watched import Sample

Number: TypeAlias = Annotated[int, Meta(ge=1, le=2**63 - 1)]
SampleSize: TypeAlias = Annotated[int, Meta(ge=1, le=MOST)]


class LabQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose options, and which events are looked at: the latest, or dead letters by `cause` or by number.

    `run` is one that was begun; `switched` tells that the options were switched just now.
    """

    organization: OrganizationId | None = None
    cause: ParkCause | None = None
    letters: tuple[Number, ...] = ()
    sample: SampleSize = SAMPLE
    run: str = ""
    switched: bool = False


class LabForm(ConfirmedForm, frozen=True, kw_only=True):
    """Options, and what to try them on. Names of attributes may stand on lines of one text.

    What is left out counts as empty: `events` must be given. `version` is the page's, for switching.
    """

    events: tuple[EventKind, ...] = ()
    deny: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()
    deny_attributes: tuple[str, ...] = ()
    hash_attributes: tuple[str, ...] = ()
    allow_only: bool = False
    allow_only_attributes: tuple[str, ...] = ()
    sample: SampleSize = SAMPLE
    cause: str = ""
    letters: tuple[Number, ...] = ()
    version: str = ""
    once: str = ""

    @property
    def options(self) -> MappingOptions:
        """Give the options."""
        return MappingOptions(
            events=self.events,
            deny=self.deny,
            hash=self.hash,
            deny_attributes=_lines(self.deny_attributes),
            hash_attributes=_lines(self.hash_attributes),
            allow_only_attributes=_lines(self.allow_only_attributes) if self.allow_only else None,
        )


def sample_of(given: LabQuery | LabForm) -> Sample:
    """Give the sample that is meant. Raises ValueError when its cause is none."""
    letters = tuple(sorted({Seq(number) for number in given.letters}))
    cause = ParkCause(given.cause) if given.cause else None
    most = min(len(letters) or MOST, MOST) if letters or cause else given.sample
    return Sample(most=most, cause=cause, letters=letters)


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    lines = (line.strip() for text in texts for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", door.NO_SUCH_ORGANIZATION)
_WRONG_OPTIONS: Final = refused(422, "The options cannot be used.", answers.WRONG_OPTIONS)

LAB_JSON: Final = twin("/lab.json", "Mapping options, and a run.", LabPage, _NO_SUCH_ORGANIZATION, query=LabQuery)
LAB: Final = page("/lab", "The mapping lab as a page.", _NO_SUCH_ORGANIZATION, query=LabQuery)
PREVIEW: Final = change(
    "/lab/{organization}/preview",
    "Begin to look what other options would change about real events; nothing is sent.",
    Begun,
    _NO_SUCH_ORGANIZATION,
    _WRONG_OPTIONS,
    takes=LabForm,
)
SWITCH: Final = change(
    "/lab/{organization}/switch",
    "Let other options count from now on, for an organization that was declared by command.",
    Switched,
    _NO_SUCH_ORGANIZATION,
    _WRONG_OPTIONS,
    refused(409, "Not here, or not any more.", answers.CHANGED_MEANWHILE, answers.SETTINGS_ARE_YOURS),
    takes=LabForm,
)
