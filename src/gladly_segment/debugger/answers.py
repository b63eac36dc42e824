"""What the screens refuse, beside what the door refuses."""

from typing import Final

from gladly_segment.transport.answers import Problem

NO_SUCH_EVENT: Final = Problem(
    "no_such_event", "There is no event of this number (any more).", "Search for it at /events; see retention_days."
)
TOO_MANY_STREAMS: Final = Problem(
    "too_many_streams", "Events are followed by as many readers as there may be.", "Close other pages, then try again."
)

NO_LETTER: Final = Problem(
    "no_letter",
    "No dead letter is named.",
    "Check some, or take a whole group; programs send `letters`, or `cause` with `whole_group`.",
)
NOT_COMPARABLE: Final = Problem(
    "not_comparable", "This event cannot be compared with what Gladly says now.", "The event's page says why."
)
NOT_SERVED: Final = Problem(
    "not_served",
    "This service does not serve the organization, so that its Gladly cannot be asked.",
    "Connect it first.",
)
NO_ANSWER_FROM_GLADLY: Final = Problem(
    "no_answer_from_gladly", "Gladly gave no answer that can be used.", "Try again; see also: gladly-segment doctor"
)

NOT_CONFIDENTIAL: Final = Problem(
    "not_confidential",
    "This page came over http from another machine, and whoever is in between could read a secret that you send.",
    "Open it over https: through a proxy in admin.trusted_proxies, or with admin.tls_cert_file. Or on that machine.",
)
NO_SUCH_DRAFT: Final = Problem(
    "no_such_draft",
    "What you gave is here no more: it is forgotten after a quarter of an hour, and when the service ends.",
    "Begin again at /connect; nothing was changed.",
)
NO_SUCH_RUN: Final = Problem(
    "no_such_run",
    "This service knows of no such run: it is long ago, or the service was started anew since.",
    "Begin again at /connect: what was cut short is finished by that.",
)

WRONG_OPTIONS: Final = Problem(
    "wrong_options", "These options cannot be used.", "The message names the setting and what is wrong with it."
)
CHANGED_MEANWHILE: Final = Problem(
    "changed_meanwhile", "Somebody changed the organization meanwhile.", "Look at what counts now, then try again."
)
SETTINGS_ARE_YOURS: Final = Problem(
    "settings_are_yours",
    "The organization is declared in the settings file, which this service does not write.",
    "Change it there: the service follows within a second.",
)
NO_SUCH_LAB_RUN: Final = Problem(
    "no_such_lab_run", "What was looked at is here no more: only the latest are kept.", "Begin again."
)

WRONG_BACKFILL: Final = Problem(
    "wrong_backfill", "Such a backfill cannot be ordered.", "The message says what is wrong with it."
)
NO_BACKFILLS: Final = Problem(
    "no_backfills",
    "The file of backfills cannot be used just now.",
    "Look at the service's log, and at the disk; see also: gladly-segment backfill status.",
)

PROBLEMS: Final = (
    WRONG_BACKFILL,
    NO_BACKFILLS,
    WRONG_OPTIONS,
    CHANGED_MEANWHILE,
    SETTINGS_ARE_YOURS,
    NO_SUCH_LAB_RUN,
    NOT_CONFIDENTIAL,
    NO_SUCH_DRAFT,
    NO_SUCH_RUN,
    NOT_COMPARABLE,
    NOT_SERVED,
    NO_ANSWER_FROM_GLADLY,
    NO_LETTER,
    TOO_MANY_STREAMS,
    NO_SUCH_EVENT,
)
"""All of them; the reference page of errors is written from this."""
