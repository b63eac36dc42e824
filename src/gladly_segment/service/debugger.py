"""The Debugger of a service: its screens, each with what it is given to show and to move."""

from collections.abc import Sequence

import msgspec

from gladly_segment.admin.routes import Route
from gladly_segment.config import Settings
from gladly_segment.debugger.completeness import CompletenessHandlers
from gladly_segment.debugger.connect import ConnectHandlers, Drafts, RunsHandlers
from gladly_segment.debugger.conversation import ConversationHandlers
from gladly_segment.debugger.dead import DeadHandlers
from gladly_segment.debugger.event import EventHandlers
from gladly_segment.debugger.events import EventsHandlers
from gladly_segment.debugger.frame import Frames
from gladly_segment.debugger.lab import LabHandlers
from gladly_segment.debugger.overview import OverviewHandlers
from gladly_segment.debugger.settings import SettingsHandlers
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.observe import Noticing
from gladly_segment.ports.backfills import Backfills
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.history import History
from gladly_segment.ports.observer import Observer
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.roster import Roster, SettingsSource
from gladly_segment.service.screens.changing import Changing
from gladly_segment.service.screens.completeness import CompletenessRoom
from gladly_segment.service.screens.connect import ConnectRoom
from gladly_segment.service.screens.conversation import ConversationRoom
from gladly_segment.service.screens.dead import DeadRoom
from gladly_segment.service.screens.event import EventRoom
from gladly_segment.service.screens.lab import LabRoom
from gladly_segment.service.screens.overview import OverviewRoom
from gladly_segment.service.screens.runs import Runs
from gladly_segment.service.screens.settings import SettingsRoom
from gladly_segment.service.screens.situations import Situations


class Rooms(msgspec.Struct, frozen=True, kw_only=True):
    """The running service, as far as screens are made of it."""

    settings: Settings
    journal: SqliteJournal
    history: History
    backfills: Backfills
    curator: Curator
    fleet: Fleet
    noticing: Noticing
    roster: Roster
    source: SettingsSource | None
    runs: Runs
    clock: Clock
    observer: Observer


def screens(rooms: Rooms) -> Sequence[Route]:
    """Give the routes of all screens."""
    frames = Frames(lambda: [each.name for each in rooms.fleet.organizations])
    settings = rooms.settings
    shown = OverviewRoom(rooms.journal, rooms.fleet, rooms.noticing, settings.data_dir, settings.journal_max_gb)
    overview = OverviewHandlers(frames, shown, rooms.history, rooms.clock)
    dead = DeadRoom(rooms.curator, rooms.journal.registry, rooms.clock)
    # Before the screen of one event, whose address has this one's stream in it.
    events = EventsHandlers(frames, rooms.history, rooms.clock)
    receipts = rooms.journal.receipts
    lab = LabHandlers(frames, _lab(rooms), rooms.clock)
    situations = Situations(rooms.fleet, rooms.noticing, receipts, rooms.journal.registry, rooms.clock)
    event = EventHandlers(frames, EventRoom(receipts, rooms.fleet, situations), rooms.clock)
    found = ConversationHandlers(frames, ConversationRoom(receipts, rooms.history, rooms.fleet, situations))
    told = (*events.routes(), *event.routes(), *found.routes())
    return (
        *overview.routes(),
        *_kept(frames, rooms),
        *told,
        *_complete(frames, rooms),
        *DeadHandlers(frames, dead, rooms.clock).routes(),
        *lab.routes(),
    )


def _complete(frames: Frames, rooms: Rooms) -> Sequence[Route]:
    """Give the routes of what is proved, and of what is brought in."""
    journal = rooms.journal
    room = CompletenessRoom(
        lambda: [each.name for each in rooms.fleet.organizations],
        journal.certificates,
        rooms.backfills,
        journal.registry,
        rooms.clock,
    )
    return CompletenessHandlers(frames, room, rooms.clock).routes()


def _lab(rooms: Rooms) -> LabRoom:
    changing = Changing(rooms.journal.registry, lambda: rooms.roster.settings, rooms.fleet.refresh, rooms.clock)
    return LabRoom(
        rooms.settings,
        rooms.fleet,
        changing,
        events=rooms.history,
        receipts=rooms.journal.receipts,
        curator=rooms.curator,
    )


def _kept(frames: Frames, rooms: Rooms) -> Sequence[Route]:
    """Give the routes of what organizations are and how they are set."""
    wizard = ConnectRoom(lambda: rooms.roster.settings, lambda: rooms.fleet.organizations, rooms.runs)
    held = SettingsRoom(
        rooms.fleet,
        rooms.roster,
        rooms.source,
        rooms.journal.registry,
        rooms.runs,
        settings=rooms.settings,
        clock=rooms.clock,
    )
    connect, runs = ConnectHandlers(frames, wizard, Drafts()), RunsHandlers(frames, wizard)
    return (*connect.routes(), *runs.routes(), *SettingsHandlers(frames, held).routes())
