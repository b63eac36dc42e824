"""Which signals call somebody, in which words, and which ones tell that it is over."""

from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.certificate_signals import (
    CertifyingFailed,
    CertifyingResumed,
    HoursComplete,
    HoursIncomplete,
)
from gladly_segment.core.feed_signals import (
    AlarmKind,
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedHeard,
    FeedMissing,
    FeedSilent,
    FeedUnguarded,
    GapLost,
    GapRecovered,
    GapUnread,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.moments import format_moment
from gladly_segment.core.signals import (
    Change,
    JournalTrouble,
    OrganizationChanged,
    SettingsTrouble,
    Signal,
    StageHeld,
    StageResumed,
)

_FEED: Final = (AlarmKind.FEED_DISABLED, AlarmKind.FEED_MISSING, AlarmKind.FEED_UNGUARDED)
_HELD: Final = {Stage.ENRICH: AlarmKind.ENRICH_HELD, Stage.DELIVER: AlarmKind.DELIVER_HELD}


class Call(msgspec.Struct, frozen=True):
    """A reason to call somebody; with what to say, and what to do about it."""

    organization: OrganizationId | None
    alarm: AlarmKind
    text: str
    hint: str


class AllClear(msgspec.Struct, frozen=True):
    """These alarms of an organization are over, where there are any."""

    organization: OrganizationId
    alarms: tuple[AlarmKind, ...]


Meaning: TypeAlias = Call | AllClear | None


def meaning(signal: Signal) -> Meaning:
    """Tell what a signal means for those who are called."""
    match signal:
        case FeedEnabled(organization=organization):
            return AllClear(organization, _FEED)
        case FeedHeard(organization=organization):
            return AllClear(organization, (AlarmKind.FEED_SILENT,))
        case GapRecovered(organization=organization):
            return AllClear(organization, (AlarmKind.GAP_UNREAD,))
        case StageResumed(organization=organization, stage=stage):
            return AllClear(organization, (_HELD[stage],))
        case OrganizationChanged(organization=organization, change=Change.REMOVED | Change.PAUSED):
            return AllClear(organization, tuple(AlarmKind))
        case OrganizationChanged(organization=organization, change=Change.CHANGED):
            # Its stages begin anew: what held them may be what was changed, and is met again if it was not.
            return AllClear(organization, tuple(_HELD.values()))
        case _:
            return _for_completeness(signal) or _call(signal)


def _for_completeness(signal: Signal) -> Meaning:
    match signal:
        case HoursComplete(organization=organization):
            return AllClear(organization, (AlarmKind.INCOMPLETE,))
        case CertifyingResumed(organization=organization):
            return AllClear(organization, (AlarmKind.UNCERTIFIED,))
        case HoursIncomplete(organization=organization, hours=hours, since=since, kinds=kinds):
            told = ", ".join(kinds) or "lines that cannot be read"
            text = f"What Gladly tells of {organization} does not come out even: {hours} h from {_at(since)}, {told}."
            hint = f"Each is listed by: gladly-segment certify --since {_moment(since)} --organization {organization}"
            return Call(organization, AlarmKind.INCOMPLETE, text, hint)
        case CertifyingFailed(organization=organization, since=since, detail=detail):
            text = f"Nobody knows whether {organization} is complete since {_at(since)}: {detail}. It is tried again."
            hint = "Gladly's Events API and reports need the API User permission; gladly-segment doctor."
            return Call(organization, AlarmKind.UNCERTIFIED, text, hint)
        case _:
            return None


def _call(signal: Signal) -> Call | None:
    match signal:
        case StageHeld(organization=organization, stage=stage, detail=detail):
            text = f"Nothing of {organization} passes {stage}: {detail}. Nothing is lost meanwhile."
            return Call(organization, _HELD[stage], text, "gladly-segment doctor tells what to mend.")
        case JournalTrouble(detail=detail):
            text = f"The journal does not work: {detail}. Webhooks are answered 503, and Gladly disables them in time."
            return Call(
                None, AlarmKind.JOURNAL_TROUBLE, text, "Make room on the disk; gladly-segment doctor tells more."
            )
        case SettingsTrouble(organization=organization, detail=detail):
            whose = "Settings" if organization is None else f"The settings of {organization}"
            text = f"{whose} cannot be used: {detail}. What was known before goes on; nothing is lost meanwhile."
            return Call(organization, AlarmKind.SETTINGS_TROUBLE, text, "gladly-segment doctor tells what to mend.")
        case _:
            return _call_for_gap(signal) or _call_for_feed(signal)


def _call_for_feed(signal: Signal) -> Call | None:
    match signal:
        case FeedDisabled(organization=organization, by=DisabledBy.HAND, since=since):
            text = (
                f"Gladly sends no events of {organization}: its webhook was disabled by hand, as seen {_at(since)}."
                " It is left as it is."
            )
            return Call(organization, AlarmKind.FEED_DISABLED, text, _switch_on(organization))
        case FeedMissing(organization=organization):
            text = (
                f"Gladly knows no webhook whose url ends with /webhooks/{organization}: none sends events of"
                f" {organization}, or it cannot be watched."
            )
            return Call(organization, AlarmKind.FEED_MISSING, text, f"Run: gladly-segment connect {organization}")
        case FeedUnguarded(organization=organization, detail=detail):
            text = f"The webhook of {organization} cannot be watched, or not be enabled again: {detail}."
            return Call(organization, AlarmKind.FEED_UNGUARDED, text, _mend(organization))
        case FeedSilent(organization=organization, since=since, events=events):
            text = (
                f"No webhook of {organization} has come since {_at(since)}, though Gladly's webhook is enabled and"
                f" {events} events happened. They are read from Gladly's Events API instead."
            )
            hint = "Compare the webhook's url in Gladly (Settings, Webhooks) with your proxy; gladly-segment doctor."
            return Call(organization, AlarmKind.FEED_SILENT, text, hint)
        case _:
            return None


def _call_for_gap(signal: Signal) -> Call | None:
    match signal:
        case GapUnread(organization=organization, detail=detail):
            text = f"What {organization} missed cannot be read from Gladly's Events API: {detail}. It goes back 24 h."
            hint = "Give the agent who owns the API token the API User permission; gladly-segment doctor."
            return Call(organization, AlarmKind.GAP_UNREAD, text, hint)
        case GapLost(organization=organization, start=start, end=end):
            text = (
                f"Events of {organization} from {_at(start)} to {_at(end)} that had not come are out of the reach of"
                " Gladly's Events API, which is 24 h. What its reports have is taken in when they are certified."
            )
            since = _moment(start.replace(minute=0, second=0))
            hint = f"See that they are complete: gladly-segment certify --since {since} --organization {organization}"
            return Call(organization, AlarmKind.GAP_LOST, text, hint)
        case _:
            return None


def _switch_on(organization: OrganizationId) -> str:
    return (
        f"If nobody meant that: in Gladly (Settings, Webhooks), open the one whose url ends with"
        f" /webhooks/{organization} and enable it, or run: gladly-segment connect {organization}"
        " - what happens meanwhile is recovered then, up to 24 h of it."
    )


def _mend(organization: OrganizationId) -> str:
    return (
        "A PING that was not answered: make the webhook's url reach this service. Unauthorized: a new API token, or the"
        f" API User permission for its agent. Two webhooks: gladly-segment connect {organization} tells which it is."
    )


def _moment(moment: datetime) -> str:
    return f"{format_moment(moment)[:19]}Z"


def _at(moment: datetime) -> str:
    return f"{format_moment(moment)[:16]}Z".replace("T", " ")
