"""Settings, files, secrets, disk, journal and service."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from gladly_segment.doctor.catalogue import found, unseen
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import (
    Disk,
    FileSeen,
    JournalBroken,
    JournalSeen,
    ListenerSeen,
    Observations,
    Reached,
    Seen,
    ServiceSeen,
    Unseen,
)

_OTHERS_READ: Final = 0o004
_MB: Final = 1_000_000
_GB: Final = 1_000 * _MB

NO_ROOM_BYTES: Final = 100 * _MB
"""So little is filled by a busy hour."""

LITTLE_ROOM_BYTES: Final = _GB
DAYS_AHEAD: Final = 14.0
FILLED: Final = 0.8

REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs", "fuse.sshfs"})
"""Types of file systems on which locks and shared memory do not hold."""


def check_settings(seen: Observations) -> Iterator[Finding]:
    """Settings that could be read are valid: what the service could not use of them has been noted."""
    for each in seen.unusable:
        if each.organization is not None:
            yield found(Code.ORGANIZATION_UNUSABLE, each.message, each.organization)
    if seen.registry is not None:
        broken = isinstance(seen.journal, JournalBroken)
        what = "what organizations were declared by command"
        yield unseen(Check.SETTINGS, what, msgspec.structs.replace(seen.registry, expected=broken))
    if not (seen.organizations or seen.unusable or seen.registry):
        yield found(Code.NO_ORGANIZATION, "no organization is set up")
    for each in seen.organizations:
        if each.organization.paused:
            yield found(Code.ORGANIZATION_PAUSED, f"{each.name} is paused", each.name)
    count = sum(setting.origin != "default" for setting in seen.settings)
    yield well(Check.SETTINGS, f"{count} values are set, and valid; {len(seen.organizations)} organizations looked at")


def check_files(files: Sequence[Seen[FileSeen]]) -> Iterator[Finding]:
    """Files with secrets are nobody else's business."""
    for file in files:
        match file:
            case Unseen():
                yield unseen(Check.FILES, "a file", file)
            case FileSeen(path=path, mode=mode) if mode & _OTHERS_READ:
                yield found(Code.FILE_OPEN_TO_ALL, f"{path} can be read by everybody", path=path)
            case FileSeen(path=path):
                yield well(Check.FILES, f"{path} is closed to others")


def check_secrets(seen: Observations) -> Iterator[Finding]:
    """The key is there and opens everything; a write key is one organization's own."""
    closed = [each for each in seen.unusable if each.organization is None]
    for each in closed:
        yield found(Code.SECRETS_CLOSED, each.message)
    for names in seen.same_key:
        listed = ", ".join(names)
        yield found(Code.WRITE_KEY_SHARED, f"{listed} have the same Segment write key", names[-1])
    for each in seen.misbound:
        yield found(Code.WRITE_KEY_MISBOUND, each.message, each.organization, hint=each.hint)
    if seen.sealed and not closed:
        yield well(Check.SECRETS, f"the key is there; {seen.sealed} sealed records were tried")


def check_disk(seen: Observations) -> Iterator[Finding]:
    """There is a local disk, with room for what is still to come."""
    disk = seen.disk
    if isinstance(disk, Unseen):
        yield unseen(Check.DISK, "the disk", disk)
        return
    if not disk.writable:
        yield found(Code.DATA_DIR_READ_ONLY, f"{disk.directory} cannot be written to by this user", path=disk.directory)
    if disk.file_system in REMOTE:
        what = f"{disk.directory} is on a network file system ({disk.file_system})"
        yield found(Code.DATA_DIR_REMOTE, what, path=disk.directory)
    yield _room(disk, seen)


def _room(disk: Disk, seen: Observations) -> Finding:
    free, grows = _size(disk.free_bytes), _growth(seen)
    what = f"{free} are free for {disk.directory}"
    if disk.free_bytes < NO_ROOM_BYTES:
        return found(Code.DISK_FULL, what, path=disk.directory)
    if disk.free_bytes < LITTLE_ROOM_BYTES:
        return found(Code.DISK_FILLING, what, path=disk.directory)
    if grows is None:
        return well(Check.DISK, what)
    a_day, still = grows
    if still > disk.free_bytes and disk.free_bytes < a_day * DAYS_AHEAD:
        days = disk.free_bytes / a_day
        return found(
            Code.DISK_FILLING,
            f"{what}, enough for {days:.1f} days: the journal grows by {_size(a_day)} a day",
            path=disk.directory,
        )
    return well(Check.DISK, f"{what}; the journal grows by at most {_size(a_day)} a day")


def _growth(seen: Observations) -> tuple[float, float] | None:
    """Give how many bytes come a day, and how many will still come before retention frees as many."""
    if not isinstance(seen.journal, JournalSeen) or seen.journal.view.bytes_per_day is None:
        return None
    view, a_day = seen.journal.view, seen.journal.view.bytes_per_day
    limit = min(a_day * seen.retention_days, seen.journal_max_bytes)
    return a_day, limit - view.used_bytes


def check_journal(seen: Observations) -> Iterator[Finding]:
    """The journal is there, sound, of our version, and has room left."""
    match seen.journal:
        case None:
            yield found(Code.NO_JOURNAL, "there is no journal yet")
        case JournalBroken() as broken:
            yield _broken(broken)
        case Unseen() as reason:
            yield unseen(Check.JOURNAL, "the journal", reason)
        case JournalSeen(view=view, verified=verified):
            yield from _fill(view.used_bytes, seen.journal_max_bytes)
            if isinstance(verified, JournalBroken):
                yield _broken(verified)
            else:
                read = "its structure is sound" if verified else "what could be read of it in time is sound"
                yield well(Check.JOURNAL, f"the journal takes {_size(view.size_bytes)}, and {read}")


def _broken(broken: JournalBroken) -> Finding:
    if broken.damaged:
        return found(Code.JOURNAL_DAMAGED, broken.message)
    return found(
        Code.JOURNAL_UNREADABLE, broken.message, hint=broken.hint or "Look again, once the machine is less busy."
    )


def _fill(used: int, most: int) -> Iterator[Finding]:
    what = f"the journal holds {_size(used)} of the {_size(most)} of journal_max_gb"
    if used >= most:
        yield found(Code.JOURNAL_FULL, what)
    elif used >= FILLED * most:
        yield found(Code.JOURNAL_FILLING, what)


def check_service(service: Seen[ServiceSeen]) -> Iterator[Finding]:
    """A service works on the data directory, can be reached and takes webhooks."""
    if isinstance(service, Unseen):
        yield unseen(Check.SERVICE, "the service", service)
        return
    if not service.running:
        yield found(Code.SERVICE_DOWN, "no service works on this data directory")
        return
    for listener in service.listeners:
        if isinstance(listener, Unseen):
            yield unseen(Check.SERVICE, "a listener", listener)
        else:
            yield _listener(listener)


def _listener(listener: ListenerSeen) -> Finding:
    match listener.alive, listener.ready:
        case Reached(status=200), Reached(status=200):
            return well(Check.SERVICE, f"the service answers at {listener.url}, and is ready")
        case Reached(status=200), ready:
            said = f"answered {ready.status}" if isinstance(ready, Reached) else ready.detail
            return found(Code.SERVICE_NOT_READY, f"{listener.url}/readyz: {said}")
        case Reached(status=status), _:
            return found(Code.LISTENER_SILENT, f"{listener.url}/healthz answered {status}", setting=listener.setting)
        case alive, _:
            return found(Code.LISTENER_SILENT, f"{listener.url}/healthz: {alive.detail}", setting=listener.setting)


def _size(number: float) -> str:
    for unit, bytes_ in (("GB", _GB), ("MB", _MB)):
        if number >= bytes_:
            return f"{number / bytes_:.1f} {unit}"
    return f"{number / 1000:.0f} kB"
