"""From what was given to a connected organization: nothing is changed before all that can be checked is checked."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gladly_segment.cli.connect.acting import Order, act, bind_of_settings
from gladly_segment.cli.connect.given import lacking, missing
from gladly_segment.cli.connect.questions import Questions
from gladly_segment.cli.connect.voice import Voice
from gladly_segment.cli.loop import run
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.connect.address import webhook_address
from gladly_segment.connect.decide import Foreign, Plan, url_taken, whose
from gladly_segment.connect.refusals import Reason
from gladly_segment.connect.wish import Wish
from gladly_segment.core.errors import ConnectRefusedError, InputError, WrongWorkspaceError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, SegmentAccess
from gladly_segment.ports.webhooks import Webhook
from gladly_segment.service.connecting.carrying import Connection
from gladly_segment.service.connecting.checks import (
    named,
    noted_address,
    plan_for,
    see_gladly,
    see_source,
    send_test,
    told_seen,
    told_sent,
)
from gladly_segment.service.connecting.declaration import Before, look_before
from gladly_segment.service.connecting.given import Given

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
        name = self._named(name, given, public_url)
        if name in self._settings.organizations and self._options.change_write_key:
            self._voice.tell(run(bind_of_settings(OrganizationId(name), self._settings)))
            return 0
        organization = named(name, self._settings)
        before = run(look_before(organization, self._settings))
        given = self._complete(given.over(before.settings), asks_url=public_url is None and before.webhook_id is None)
        given, webhooks = self._retried(
            given, lambda each: self._look(organization, each), lambda questions, each: questions.gladly(each)
        )
        given, wished = self._retried(
            given, lambda each: self._test(organization, each, before), lambda questions, each: questions.source(each)
        )
        address = self._address(organization, public_url or noted_address(before, webhooks))
        wish = Wish(organization=organization, gladly=wished.gladly, segment=wished.segment, address=address)
        return run(act(self._order(wish, given, before, self._plan(wish, webhooks, before))))

    def _named(self, name: str | None, given: Given, public_url: str | None) -> str:
        if name is not None:
            return name
        if self._questions is None:
            raise lacking(["NAME, the organization", *missing(given), *([] if public_url else [_URL_FLAG])])
        return self._questions.name()

    def _complete(self, given: Given, *, asks_url: bool) -> Given:
        lacks = [*missing(given), *([_URL_FLAG] if asks_url else [])]
        if self._questions is None:
            if lacks:
                raise lacking(lacks)
            return given
        if not lacks:
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
        seen = run(see_gladly(organization, given, self._settings))
        self._voice.tell(seen.told)
        return seen.webhooks

    def _test(self, organization: OrganizationId, given: Given, before: Before) -> Organization:
        may_change = self._options.change_write_key
        seen = see_source(organization, given, before, self._settings, may_change=may_change)
        for told in seen.told:
            self._voice.tell(told)
        if not seen.is_known:
            self._prove(organization, seen.wished.segment)
        return seen.wished

    def _prove(self, organization: OrganizationId, segment: SegmentAccess) -> None:
        asks = None if self._options.yes else self._questions
        code = run(send_test(organization, segment))
        self._voice.tell(told_sent(segment, code if asks is None else None))
        self._voice.tell(told_seen(code, seen=None if asks is None else asks.has_seen(code)))

    def _address(self, organization: OrganizationId, given: str | None) -> str:
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

    def _plan(self, wish: Wish, webhooks: Sequence[Webhook], before: Before) -> Plan:
        found = plan_for(wish, webhooks, before, take_over=self._options.yes)
        if not isinstance(found, Foreign):
            return found
        if self._questions is not None and self._questions.take_over(whose(found.webhook)):
            found = plan_for(wish, webhooks, before, take_over=True)
        if isinstance(found, Foreign):
            raise url_taken(found.webhook)
        return found

    def _order(self, wish: Wish, given: Given, before: Before, plan: Plan) -> Order:
        return Order(
            connection=Connection(plan=plan, wish=wish, wished=given.all(), before=before),
            source=self._source,
            settings=self._settings,
            voice=self._voice,
            serve=self._options.serve,
            config=self._options.config,
            data_dir=self._options.data_dir,
        )
