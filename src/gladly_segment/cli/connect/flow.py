"""From what was given to a connected organization: nothing is changed before all that can be checked is checked."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gladly_segment.cli.connect.acting import Order, act, bind_of_settings
from gladly_segment.cli.connect.declaration import Before, look_before
from gladly_segment.cli.connect.given import Given, lacking
from gladly_segment.cli.connect.questions import Questions
from gladly_segment.cli.connect.vendors import look, send_test_event
from gladly_segment.cli.connect.voice import Voice
from gladly_segment.cli.loop import run
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.config.declared import organization_of
from gladly_segment.config.explain import no_organization_name
from gladly_segment.config.organization import SEGMENT_HOSTS
from gladly_segment.config.values import ORGANIZATION_NAME
from gladly_segment.connect.address import webhook_address
from gladly_segment.connect.decide import Foreign, Plan, decide, url_taken, whose
from gladly_segment.connect.looking import look_at_workspace, look_at_write_key
from gladly_segment.connect.marked_event import EVENT, draw_code
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.connect.wish import Outcome, Step, Told, Wish
from gladly_segment.connect.workspace import key_use
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import ConnectRefusedError, InputError, WrongWorkspaceError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, SegmentAccess
from gladly_segment.ports.webhooks import Webhook

T = TypeVar("T")

_TRIES: Final = 3
_URL_FLAG: Final = "--public-url"
_TYPED_AGAIN: Final = frozenset(
    {Reason.WRONG_TOKEN, Reason.NO_PERMISSION, Reason.WRITE_KEY_REFUSED, Reason.TEST_EVENT_NOT_SEEN}
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to go about it; `config` and `data_dir` are those of the command line."""

    change_write_key: bool
    serve: bool
    yes: bool
    config: Path | None
    data_dir: Path | None


class Flow:
    """Connects one organization. Without `questions` nobody is asked anything."""

    def __init__(self, source: SettingsFile, voice: Voice, questions: Questions | None, options: Options) -> None:
        self._source = source
        self._settings = source.load()
        self._voice = voice
        self._questions = questions
        self._options = options

    def run(self, name: str | None, given: Given, public_url: str | None) -> int:
        """Do it all, and give the exit status. Raises GladlySegmentError."""
        organization = self._named(name, given, public_url)
        if organization in self._settings.organizations:
            return self._of_the_settings(organization)
        before = run(look_before(organization, self._settings))
        given = self._complete(given.over(before.settings), asks_url=public_url is None and before.webhook_id is None)
        given, listed = self._retried(
            given, lambda each: self._look(organization, each), lambda questions, each: questions.gladly(each)
        )
        given, wished = self._retried(
            given, lambda each: self._test(organization, each, before), lambda questions, each: questions.source(each)
        )
        address = self._address(organization, public_url, before, listed)
        wish = Wish(organization=organization, gladly=wished.gladly, segment=wished.segment, address=address)
        return run(act(self._order(wish, given, before, self._plan(wish, listed, before))))

    def _named(self, name: str | None, given: Given, public_url: str | None) -> OrganizationId:
        if name is None:
            if self._questions is None:
                raise lacking(["NAME, the organization", *given.missing, *([] if public_url else [_URL_FLAG])])
            name = self._questions.name()
        if not ORGANIZATION_NAME.fullmatch(name):
            raise no_organization_name(name)
        return OrganizationId(name)

    def _of_the_settings(self, organization: OrganizationId) -> int:
        if not self._options.change_write_key:
            raise InputError(
                f"{organization} is declared in the settings, and its webhook's credentials are too",
                hint="take it out there and run this command again, or register the webhook with those credentials",
            )
        self._voice.tell(run(bind_of_settings(organization, self._settings)))
        return 0

    def _complete(self, given: Given, *, asks_url: bool) -> Given:
        missing = [*given.missing, *([_URL_FLAG] if asks_url else [])]
        if self._questions is None:
            if missing:
                raise lacking(missing)
            return given
        if not missing:
            # Nothing was left to a person: then nothing is asked.
            self._questions = None
            return given
        if not (given.has("gladly_user") and given.has("gladly_token")):
            given = self._questions.gladly(given)
        if not given.has("segment_write_key"):
            given = self._questions.write_key(given)
        return given if given.has("segment_region") else self._questions.region(given)

    def _retried(
        self, given: Given, check: Callable[[Given], T], ask: Callable[[Questions, Given], Given]
    ) -> tuple[Given, T]:
        """Check, and let a person who is there type again what is wrong."""
        for _ in range(_TRIES - 1):
            try:
                return given, check(given)
            except (ConnectRefusedError, WrongWorkspaceError) as error:
                is_typed = isinstance(error, WrongWorkspaceError) or error.reason in _TYPED_AGAIN
                if self._questions is None or not is_typed:
                    raise
                self._voice.complain(error)
                given = ask(self._questions, given)
        return given, check(given)

    def _look(self, organization: OrganizationId, given: Given) -> Sequence[Webhook]:
        access = self._organization(organization, given).gladly
        listed = run(look(organization, access))
        self._voice.tell(Told(Step.GLADLY, Outcome.OK, f"the token opens what is needed at {access.url}"))
        return listed

    def _test(self, organization: OrganizationId, given: Given, before: Before) -> Organization:
        wished = self._organization(organization, given)
        is_segments = wished.segment.host in SEGMENT_HOSTS.values()
        remark = look_at_write_key(wished.segment.write_key, is_segments=is_segments)
        use = key_use(organization, wished.segment)
        look_at_workspace(before.bindings, use, may_change=self._options.change_write_key)
        self._voice.tell(Told(Step.WRITE_KEY, Outcome.OK, f"it may be used for {use.place}{remark}"))
        if before.declared is not None and before.closed is None:
            former = organization_of(organization, before.settings, WebhookCredentials(), self._settings)
            if former.segment == wished.segment:
                self._voice.tell(
                    Told(Step.TEST_EVENT, Outcome.UNCHANGED, "the source was tested when it was connected")
                )
                return wished
        self._prove(organization, wished.segment)
        return wished

    def _prove(self, organization: OrganizationId, segment: SegmentAccess) -> None:
        code, asks = draw_code(os.urandom), None if self._options.yes else self._questions
        run(send_test_event(organization, segment, code))
        # Whoever is to type it must not read it here: it would prove nothing.
        marked = f" with the code {code}" if asks is None else ""
        self._voice.tell(Told(Step.TEST_EVENT, Outcome.OK, f"“{EVENT}”{marked} was sent to {segment.host}"))
        seen = None if asks is None else asks.has_seen(code)
        if seen is False:
            raise refusal(Reason.TEST_EVENT_NOT_SEEN, "the test event did not come to the source's Debugger")
        if seen:
            self._voice.tell(Told(Step.TEST_EVENT, Outcome.OK, "the code was seen in the source's Debugger"))
            return
        told = f"not proven, since a 200 of Segment is no proof; look for {code} in your source's Debugger tab"
        self._voice.tell(Told(Step.TEST_EVENT, Outcome.SKIPPED, told))

    def _address(
        self, organization: OrganizationId, public_url: str | None, before: Before, listed: Sequence[Webhook]
    ) -> str:
        noted = next((each.url for each in listed if each.id == before.webhook_id), None)
        given = public_url or noted
        if self._questions is None:
            if given is None:
                raise lacking([_URL_FLAG])
            return webhook_address(given, organization)
        while True:
            try:
                return webhook_address(given or self._questions.address(organization), organization)
            except InputError as error:
                self._voice.complain(error)
                given = None

    def _plan(self, wish: Wish, listed: Sequence[Webhook], before: Before) -> Plan:
        def plan(*, take_over: bool) -> Plan | Foreign:
            return decide(
                wish.organization,
                wish.address,
                listed,
                noted=before.webhook_id,
                has_login=bool(before.webhook.logins),
                take_over=take_over,
            )

        found = plan(take_over=self._options.yes)
        if not isinstance(found, Foreign):
            return found
        if self._questions is not None and self._questions.take_over(whose(found.webhook)):
            found = plan(take_over=True)
        if isinstance(found, Foreign):
            raise url_taken(found.webhook)
        return found

    def _order(self, wish: Wish, given: Given, before: Before, plan: Plan) -> Order:
        return Order(
            plan=plan,
            wish=wish,
            wished=given.all(),
            before=before,
            source=self._source,
            settings=self._settings,
            voice=self._voice,
            serve=self._options.serve,
            config=self._options.config,
            data_dir=self._options.data_dir,
        )

    def _organization(self, organization: OrganizationId, given: Given) -> Organization:
        return organization_of(organization, given.all(), WebhookCredentials(), self._settings)
