"""What the wizard's pages show, and their JSON twins have: never a secret, never the code that is to be typed."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.core.errors import GladlySegmentError, InputError, SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.connect.drafts import Draft, Stage
from gladly_segment.debugger.connect.watched import Known, Line, Planned, Run
from gladly_segment.debugger.wrong import Wrong, wrong_of

FIELDS_OF_REASONS: Final[Mapping[str, str]] = {
    "wrong_token": "gladly_token",
    "no_permission": "gladly_token",
    "not_gladly": "gladly_url",
    "gladly_unreachable": "gladly_url",
    "write_key_refused": "segment_write_key",
    "not_segment": "segment_region",
    "segment_unreachable": "segment_region",
    "test_event_not_seen": "segment_write_key",
    "wrong_workspace": "segment_write_key",
    "url_taken": "take_over",
    "webhook_limit": "public_url",
    "webhook_refused": "public_url",
    "ping_not_answered": "public_url",
}
"""At which field a refusal stands."""

OF_NO_USE: Final = frozenset({"wrong_token", "write_key_refused", "test_event_not_seen"})
"""Refusals after which the secret at their field must be given again."""

_TYPED_AT: Final = {
    Stage.GLADLY: "organization",
    Stage.SOURCE: "segment_write_key",
    Stage.PROOF: "code",
    Stage.ADDRESS: "public_url",
    Stage.PLAN: "",
}
"""At which field an input stands that cannot be used."""

TEXTS: Final = ("gladly_url", "gladly_user", "segment_region", "segment_host", "environment")
SECRETS: Final = ("gladly_token", "segment_write_key")


class Heading(msgspec.Struct, frozen=True):
    """A stage as it is listed."""

    stage: Stage
    text: str


HEADINGS: Final = (
    Heading(Stage.GLADLY, "Gladly"),
    Heading(Stage.SOURCE, "Segment"),
    Heading(Stage.PROOF, "Proof"),
    Heading(Stage.ADDRESS, "Address"),
    Heading(Stage.PLAN, "Plan"),
)


class ConnectPage(msgspec.Struct, frozen=True, kw_only=True):
    """The wizard: `values` are what was given and is no secret, `secrets` tells of each secret whether it is there.

    `plan` is there at the stage of that name. `forgotten`: what was given before is here no more.
    """

    stage: Stage
    draft: str
    organization: str
    values: Mapping[str, str]
    secrets: Mapping[str, bool]
    is_known: bool
    lines: Mapping[Stage, tuple[Line, ...]]
    may_change_key: bool
    take_over: bool
    plan: Planned | None
    wrong: Wrong | None
    forgotten: bool
    is_confidential: bool
    organizations: tuple[Known, ...]

    @property
    def headings(self) -> Sequence[Heading]:
        """All stages in their order."""
        return HEADINGS

    @property
    def done(self) -> Sequence[Stage]:
        """Those that lie behind."""
        stages = [each.stage for each in HEADINGS]
        return stages[: stages.index(self.stage)]


class LeavePage(msgspec.Struct, frozen=True, kw_only=True):
    """Before an organization is disconnected."""

    organization: OrganizationId
    wrong: Wrong | None = None
    drop_waiting: bool = False


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes its time."""

    run: Run


def connect_page(
    draft: Draft,
    organizations: Sequence[Known],
    *,
    plan: Planned | None = None,
    forgotten: bool = False,
    is_confidential: bool = True,
) -> ConnectPage:
    """Make the page of a draft."""
    return ConnectPage(
        stage=draft.stage,
        draft=draft.id,
        organization=draft.organization,
        values={key: draft.texts.get(key, "") for key in TEXTS} | {"public_url": draft.address},
        secrets={name: name in draft.secrets or name in draft.secrets_known for name in SECRETS},
        is_known=draft.is_known,
        lines=draft.lines,
        may_change_key=draft.may_change_key,
        take_over=draft.take_over,
        plan=plan,
        wrong=draft.wrong,
        forgotten=forgotten,
        is_confidential=is_confidential,
        organizations=tuple(sorted(organizations, key=lambda each: each.name)),
    )


def wrong_at(error: GladlySegmentError, stage: Stage) -> Wrong:
    """Put an error at the field that it is about."""
    wrong = wrong_of(error)
    field = FIELDS_OF_REASONS.get(wrong.reason, "")
    if isinstance(error, SettingsError):
        field = error.key[-1] if len(error.key) > _NAME_AT + 1 else "organization"
    elif isinstance(error, InputError):
        field = _TYPED_AT[stage]
    return msgspec.structs.replace(wrong, field=field)


_NAME_AT: Final = 1
"""Where an organization's name stands in a key of the settings."""
