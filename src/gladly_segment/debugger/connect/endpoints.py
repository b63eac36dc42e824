"""What the wizard publishes."""

from typing import Final

import msgspec

from gladly_segment.admin import answers
from gladly_segment.admin.publishing import ConfirmedForm, change, page, refused, twin
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.answers import NO_SUCH_DRAFT, NO_SUCH_RUN, NOT_CONFIDENTIAL
from gladly_segment.debugger.connect.page import ConnectPage, LeavePage, RunPage
from gladly_segment.transport.endpoints import HTML, JSON, Answer, Content


class ConnectQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`draft` is one that was begun; `organization` fills a name in."""

    draft: str = ""
    organization: OrganizationId | None = None


class LeaveQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which organization."""

    organization: OrganizationId


class GladlyForm(ConfirmedForm, frozen=True, kw_only=True):
    """Where conversations come from; the token is never given back."""

    draft: str = ""
    organization: str = ""
    gladly_url: str = ""
    gladly_user: str = ""
    gladly_token: str = ""


class SourceForm(ConfirmedForm, frozen=True, kw_only=True):
    """Where events go to; the write key is never given back."""

    draft: str
    segment_write_key: str = ""
    segment_region: str = ""
    segment_host: str = ""
    environment: str = ""
    may_change_key: bool = False


class ProofForm(ConfirmedForm, frozen=True, kw_only=True):
    """The code that was read in Segment's Debugger; or `answer`: `skip`, or `missing` when the event did not come."""

    draft: str
    code: str = ""
    answer: str = ""


class AddressForm(ConfirmedForm, frozen=True, kw_only=True):
    """Where Gladly reaches the service."""

    draft: str
    public_url: str = ""


class DraftForm(ConfirmedForm, frozen=True, kw_only=True):
    """One that was begun; `stage` is the one to go back to."""

    draft: str
    stage: str = ""


class PlanForm(ConfirmedForm, frozen=True, kw_only=True):
    """The yes to a plan."""

    draft: str
    take_over: bool = False


class LeaveForm(ConfirmedForm, frozen=True, kw_only=True):
    """The yes to a disconnection: the name once more. `drop_waiting`: events that wait are not sent then."""

    organization: OrganizationId
    typed: str = ""
    drop_waiting: bool = False


_WRONG: Final = Answer(
    status=422, meaning="Something cannot be: `wrong` says what.", contents=(Content(JSON, ConnectPage),)
)
_NOT_CONFIRMED: Final = Answer(
    status=422, meaning="The name was not typed.", contents=(Content(JSON, LeavePage), Content(HTML))
)
_NO_SUCH_DRAFT: Final = refused(404, "What was given is here no more.", NO_SUCH_DRAFT)
_NOT_CONFIDENTIAL: Final = refused(403, "Others could read it on its way.", NOT_CONFIDENTIAL)
_NO_SUCH_ORGANIZATION: Final = refused(404, "No such organization.", answers.NO_SUCH_ORGANIZATION)
_NO_SUCH_RUN: Final = refused(404, "No such run.", NO_SUCH_RUN)

CONNECT: Final = twin("/connect.json", "The wizard that connects organizations.", ConnectPage, query=ConnectQuery)
CONNECT_PAGE: Final = page("/connect", "The wizard as a page.", query=ConnectQuery)
GLADLY: Final = change(
    "/connect/gladly", "Check name, user and token.", ConnectPage, _NOT_CONFIDENTIAL, _WRONG, takes=GladlyForm
)
SOURCE: Final = change(
    "/connect/source",
    "Check the write key, and send a test event.",
    ConnectPage,
    _NO_SUCH_DRAFT,
    _NOT_CONFIDENTIAL,
    _WRONG,
    takes=SourceForm,
)
PROOF: Final = change(
    "/connect/proof", "Tell whether the test event was seen.", ConnectPage, _NO_SUCH_DRAFT, _WRONG, takes=ProofForm
)
ADDRESS: Final = change(
    "/connect/address",
    "Check the public url, and make the plan.",
    ConnectPage,
    _NO_SUCH_DRAFT,
    _WRONG,
    takes=AddressForm,
)
BACK: Final = change("/connect/back", "Go back to an earlier stage.", ConnectPage, _NO_SUCH_DRAFT, takes=DraftForm)
BEGIN: Final = change("/connect/begin", "Carry the plan out.", RunPage, _NO_SUCH_DRAFT, _WRONG, takes=PlanForm)
FORGET: Final = change("/connect/forget", "Forget what was given.", ConnectPage, takes=DraftForm)
LEAVE_PAGE: Final = page(
    "/connect/disconnect", "The question before a disconnection.", _NO_SUCH_ORGANIZATION, query=LeaveQuery
)
LEAVE: Final = change(
    "/connect/disconnect",
    "Disconnect an organization.",
    RunPage,
    _NO_SUCH_ORGANIZATION,
    _NOT_CONFIRMED,
    takes=LeaveForm,
)
RUN: Final = twin("/connect/runs/{id}.json", "How far something has come.", RunPage, _NO_SUCH_RUN)
RUN_PAGE: Final = page("/connect/runs/{id}", "How far something has come, as a page.", _NO_SUCH_RUN)
CANCEL: Final = change("/connect/runs/{id}/cancel", "Have it taken back.", RunPage, _NO_SUCH_RUN)
