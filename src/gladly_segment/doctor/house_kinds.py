"""Kinds of findings about the house: settings, files, disk, journal and service."""

from collections.abc import Mapping
from typing import Final

from gladly_segment.doctor.codes import Code, Kind
from gladly_segment.doctor.findings import Check, Severity

_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR

HOUSE_KINDS: Final[Mapping[Code, Kind]] = {
    Code.NOT_LOOKED_AT: Kind(
        None, _WARNING, "Nothing can be said about it.", "Mend what stood in the way, and look again."
    ),
    Code.LEFT_OUT: Kind(
        None, _NOTE, "Nothing can be said about it.", "Nothing to mend here: see the other findings, or look again."
    ),
    Code.NO_ORGANIZATION: Kind(
        Check.SETTINGS, _WARNING, "Without an organization there is nothing to receive.", "gladly-segment connect"
    ),
    Code.ORGANIZATION_UNUSABLE: Kind(
        Check.SETTINGS,
        _ERROR,
        "The service cannot take or deliver this organization's events.",
        "gladly-segment connect {organization}, or gladly-segment organizations add {organization} FILE --replace",
    ),
    Code.ORGANIZATION_PAUSED: Kind(
        Check.SETTINGS,
        _NOTE,
        "Its events are taken and kept; nothing is read or sent.",
        "gladly-segment organizations resume {organization}",
    ),
    Code.FILE_OPEN_TO_ALL: Kind(
        Check.FILES,
        _WARNING,
        "Everybody on this machine can read the secrets in it.",
        "chmod o-rwx {path}",
    ),
    Code.SECRETS_CLOSED: Kind(
        Check.SECRETS,
        _ERROR,
        "Without its key the tokens and write keys that were declared by command cannot be used.",
        "gladly-segment secrets status; then set the key under [secrets], or connect the organizations again",
    ),
    Code.WRITE_KEY_SHARED: Kind(
        Check.SECRETS,
        _ERROR,
        "The events of different organizations are mixed in one Segment source.",
        "Make a source of its own in Segment for each; then gladly-segment connect {organization} --change-write-key",
    ),
    Code.WRITE_KEY_MISBOUND: Kind(
        Check.SECRETS,
        _ERROR,
        "None of this organization's events is sent: they might reach a source that they do not belong to.",
        "{hint}",
    ),
    Code.DATA_DIR_READ_ONLY: Kind(
        Check.DISK,
        _ERROR,
        "No webhook can be made durable: Gladly is answered 503, and gives the webhook up after about 1.6 hours.",
        "Give {path} to the user that the service runs as, or set data_dir; look with the same user.",
    ),
    Code.DATA_DIR_REMOTE: Kind(
        Check.DISK,
        _WARNING,
        "Network file systems do not keep what SQLite is promised: the journal may be damaged.",
        "Move {path} to a local disk, and set data_dir.",
    ),
    Code.DISK_FULL: Kind(
        Check.DISK,
        _ERROR,
        "On a full disk webhooks are answered 503, and Gladly gives the webhook up after about 1.6 hours.",
        "Make room on the disk of {path}; less is kept with a smaller retention_days.",
    ),
    Code.DISK_FILLING: Kind(
        Check.DISK,
        _WARNING,
        "On a full disk webhooks are answered 503, and Gladly gives the webhook up after about 1.6 hours.",
        "Make room on the disk of {path}; less is kept with a smaller retention_days.",
    ),
    Code.NO_JOURNAL: Kind(
        Check.JOURNAL, _NOTE, "The service has not run with this data directory yet.", "gladly-segment serve"
    ),
    Code.JOURNAL_UNREADABLE: Kind(
        Check.JOURNAL, _ERROR, "Whether events wait, or wait in vain, cannot be told.", "{hint}"
    ),
    Code.JOURNAL_DAMAGED: Kind(
        Check.JOURNAL,
        _ERROR,
        "The service stops at damage rather than to skip events.",
        "Stop the service, keep a copy of data_dir, then: gladly-segment restore FILE --force",
    ),
    Code.JOURNAL_FULL: Kind(
        Check.JOURNAL,
        _ERROR,
        "Webhooks are answered 503, and Gladly gives the webhook up after about 1.6 hours.",
        "Raise journal_max_gb, or lower retention_days, and restart the service.",
    ),
    Code.JOURNAL_FILLING: Kind(
        Check.JOURNAL,
        _WARNING,
        "Above journal_max_gb webhooks are answered 503.",
        "Raise journal_max_gb, or lower retention_days, and restart the service.",
    ),
    Code.SERVICE_DOWN: Kind(
        Check.SERVICE,
        _ERROR,
        "Webhooks are not answered: Gladly gives the webhook up after about 1.6 hours, and resends nothing.",
        "gladly-segment serve",
    ),
    Code.LISTENER_SILENT: Kind(
        Check.SERVICE,
        _ERROR,
        "The service runs, but cannot be reached where the settings say.",
        "Compare {setting} with what the service was started with, and restart it.",
    ),
    Code.SERVICE_NOT_READY: Kind(
        Check.SERVICE,
        _ERROR,
        "Webhooks are answered 503, and Gladly gives the webhook up after about 1.6 hours.",
        "Look for journal_trouble in the service's log; check free space and permissions of data_dir.",
    ),
}
