"""The exception family: everything this project raises on purpose derives from `GladlySegmentError`."""

from gladly_segment.core.failures import Failure


class GladlySegmentError(Exception):
    """A problem with a stable code, one sentence of what is wrong, and a hint of what to do.

    Neither sentence ever holds a secret or personal data: they are shown in logs, answers and on the terminal.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(GladlySegmentError):
    """A setting is missing or wrong; the message names its key, what was found, and an example.

    `key` is the setting's own, from the outermost table on; empty where it is about none.
    """

    code = "settings"

    def __init__(self, message: str, *, hint: str = "", key: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.key = key


class InputError(GladlySegmentError):
    """A file or an argument given on the command line cannot be used."""

    code = "input"


class VaultError(GladlySegmentError):
    """Secrets cannot be sealed or opened: there is no key, it is another one, or a record is damaged."""

    code = "vault"


class ConnectRefusedError(GladlySegmentError):
    """An organization cannot be connected, or disconnected; `reason` names why in one word."""

    code = "connect_refused"

    def __init__(self, reason: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class WrongWorkspaceError(GladlySegmentError):
    """A write key is bound to another organization, environment or region, or another key is bound to these."""

    code = "wrong_workspace"


class JournalUnavailableError(GladlySegmentError):
    """The journal could not make a write durable: nothing of it was acknowledged and it may be tried again."""

    code = "journal_unavailable"


class JournalDamagedError(JournalUnavailableError):
    """The journal's file is damaged: trying again does not help, and nothing of it is skipped silently."""

    code = "journal_damaged"


class JournalInUseError(GladlySegmentError):
    """Another process works on this journal."""

    code = "journal_in_use"


class JournalVersionError(GladlySegmentError):
    """The journal was written by a version of this software that is newer than the one running."""

    code = "journal_version"


class HistoryUnavailableError(GladlySegmentError):
    """The history cannot be read: there is none, or its file cannot be used. The journal has everything nonetheless."""

    code = "history_unavailable"


class HistoryDamagedError(HistoryUnavailableError):
    """The history's file is damaged, or of another version: it is dropped, and made anew of the journal."""

    code = "history_damaged"


class BackfillsUnavailableError(GladlySegmentError):
    """The file of backfills cannot be read or written. It holds how far they are, and nothing that is only there."""

    code = "backfills_unavailable"


class NoBackfillsError(BackfillsUnavailableError):
    """There is no file of backfills: nothing was ever ordered here, or it was removed."""

    code = "no_backfills"


class MirrorUnavailableError(GladlySegmentError):
    """The file of what arrived behind Segment cannot be read or written. The events themselves are not in it."""

    code = "mirror_unavailable"


class StaleClaimError(GladlySegmentError):
    """A settlement names a receipt that is not claimed in the state the settlement starts from."""

    code = "stale_claim"


class CallFailedError(GladlySegmentError):
    """A call to Gladly brought no usable answer; `failure` says why and feeds the retry decision."""

    code = "call_failed"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class WebhookRefusedError(CallFailedError):
    """Gladly refused a webhook or a change of one; `attr` and `refusal` are its own words for what and why."""

    code = "webhook_refused"

    def __init__(self, failure: Failure, *, attr: str, refusal: str) -> None:
        super().__init__(failure)
        self.attr = attr
        self.refusal = refusal
