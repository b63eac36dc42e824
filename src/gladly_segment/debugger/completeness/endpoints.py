"""What the completeness screen publishes."""

from typing import Final

from gladly_segment.admin import answers as door
from gladly_segment.admin.publishing import ConfirmedForm, change, page, refused, twin
from gladly_segment.debugger import answers
from gladly_segment.debugger.completeness.page import Done
from gladly_segment.debugger.completeness.query import PATH, CompletenessQuery
from gladly_segment.debugger.completeness.report import CompletenessReport


class BackfillForm(ConfirmedForm, frozen=True, kw_only=True):
    """A backfill of an organization, from `since` up to `until` (excluded; now, where it is empty).

    Both are RFC 3339, a day (2026-08-01, by UTC), or how long ago (90d). `integrations` is the JSON object that its
    track events carry. With `plan_only` it is not started before it is sent again without. `once` is the page's, and
    may be left out.
    """

    organization: str = ""
    since: str = ""
    until: str = ""
    integrations: str = "{}"
    plan_only: bool = False
    once: str = ""


class StopForm(ConfirmedForm, frozen=True, kw_only=True):
    """Whose backfill is to stop."""

    organization: str = ""


class CertifyForm(ConfirmedForm, frozen=True, kw_only=True):
    """Which time of an organization is to be certified anew, from `since` up to `until` (excluded)."""

    organization: str = ""
    since: str = ""
    until: str = ""


_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", door.NO_SUCH_ORGANIZATION)
_WRONG_BACKFILL: Final = refused(422, "It cannot be ordered.", answers.WRONG_BACKFILL)
_NO_BACKFILLS: Final = refused(503, "The file of backfills cannot be used.", answers.NO_BACKFILLS)

COMPLETENESS_JSON: Final = twin(
    f"{PATH}.json",
    "Certificates hour by hour with their sums, and the backfills.",
    CompletenessReport,
    _NO_SUCH_ORGANIZATION,
    query=CompletenessQuery,
)
COMPLETENESS: Final = page(PATH, "Completeness as a page.", _NO_SUCH_ORGANIZATION, query=CompletenessQuery)
BACKFILL: Final = change(
    f"{PATH}/backfill",
    "Plan a backfill, or start the one that was planned or stopped.",
    Done,
    _NO_SUCH_ORGANIZATION,
    _WRONG_BACKFILL,
    _NO_BACKFILLS,
    takes=BackfillForm,
)
STOP: Final = change(
    f"{PATH}/backfill/stop",
    "Stop a backfill; what is in the journal goes on.",
    Done,
    _NO_SUCH_ORGANIZATION,
    _NO_BACKFILLS,
    takes=StopForm,
)
CERTIFY: Final = change(
    f"{PATH}/certify",
    "Have a time certified anew, which asks Gladly.",
    Done,
    _NO_SUCH_ORGANIZATION,
    takes=CertifyForm,
)
