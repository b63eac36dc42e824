"""What is done at the addresses of the wizard: each stage is checked before the next is asked for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of
from gladly_segment.admin.origin import is_confidential
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.errors import GladlySegmentError, InputError, JournalUnavailableError
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.answers import NO_SUCH_DRAFT, NOT_CONFIDENTIAL
from gladly_segment.debugger.connect import endpoints
from gladly_segment.debugger.connect.drafts import Draft, Drafts, Stage
from gladly_segment.debugger.connect.page import HEADINGS, OF_NO_USE, SECRETS, ConnectPage, connect_page, wrong_at
from gladly_segment.debugger.connect.runs import show_run
from gladly_segment.debugger.connect.watched import Line, Planned, Wizardry
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM

_UNPROCESSABLE: Final = 422
_OTHER_CODE: Final = "That is another code; the latest such event has the right one."


class ConnectHandlers:
    """The wizard."""

    def __init__(self, frames: Frames, wizardry: Wizardry, drafts: Drafts) -> None:
        self._frames = frames
        self._wizardry = wizardry
        self._drafts = drafts

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.CONNECT, self.connect),
            Route(endpoints.CONNECT_PAGE, self.connect_page),
            Route(endpoints.GLADLY, self.gladly),
            Route(endpoints.SOURCE, self.source),
            Route(endpoints.PROOF, self.proof),
            Route(endpoints.ADDRESS, self.address),
            Route(endpoints.BACK, self.back),
            Route(endpoints.FORGET, self.forget),
            Route(endpoints.BEGIN, self.begin),
        )

    async def connect(self, asked: Asked) -> web.Response:
        """Give the wizard."""
        return answer(await self._page(asked))

    async def connect_page(self, asked: Asked) -> web.Response:
        """Show the wizard."""
        return self._frames.show(asked, await self._page(asked), template="connect.html", screen=Screen.CONNECT)

    async def gladly(self, asked: Asked) -> web.Response:
        """Check name, user and token."""
        form = await form_of(asked.request, endpoints.GladlyForm)
        _require_confidential(asked)
        draft = self._drafts.find(form.draft, _owner(asked)) or self._drafts.begin(_owner(asked))
        draft = _given(
            draft,
            {"gladly_url": form.gladly_url, "gladly_user": form.gladly_user},
            {"gladly_token": form.gladly_token},
        )
        draft = msgspec.structs.replace(draft, organization=form.organization.strip().lower())
        return await self._tried(asked, draft, Stage.GLADLY, self._see_gladly)

    async def source(self, asked: Asked) -> web.Response:
        """Check the write key, and send a test event."""
        form = await form_of(asked.request, endpoints.SourceForm)
        _require_confidential(asked)
        draft = self._draft(asked, form.draft, Stage.SOURCE)
        texts = {
            "segment_region": form.segment_region,
            "segment_host": form.segment_host,
            "environment": form.environment,
        }
        draft = _given(draft, texts, {"segment_write_key": form.segment_write_key})
        draft = msgspec.structs.replace(draft, may_change_key=form.may_change_key)
        return await self._tried(asked, draft, Stage.SOURCE, self._test_source)

    async def proof(self, asked: Asked) -> web.Response:
        """Take what somebody saw in Segment's Debugger."""
        form = await form_of(asked.request, endpoints.ProofForm)
        draft = self._draft(asked, form.draft, Stage.PROOF)

        async def tell(draft: Draft) -> Draft:
            seen = {"skip": None, "missing": False}.get(form.answer, True)
            if seen and not self._wizardry.is_code(form.code, draft.code):
                raise InputError(_OTHER_CODE)
            try:
                return _onward(draft, Stage.ADDRESS, [self._wizardry.told_of_proof(draft.code, seen=seen)])
            except GladlySegmentError as error:
                # It is the key that is to be given again.
                return _wrong(_back_to(draft, Stage.SOURCE), error)

        return await self._tried(asked, draft, Stage.PROOF, tell)

    async def address(self, asked: Asked) -> web.Response:
        """Check the public url."""
        form = await form_of(asked.request, endpoints.AddressForm)
        draft = self._draft(asked, form.draft, Stage.ADDRESS)
        draft = msgspec.structs.replace(draft, address=form.public_url.strip(), take_over=False)

        async def check(draft: Draft) -> Draft:
            address = self._wizardry.address(draft.address, draft.organization)
            draft = msgspec.structs.replace(draft, address=address)
            await self._wizardry.plan(draft.entry, address)
            return _onward(draft, Stage.PLAN, [Line("address", "ok", f"Gladly is to deliver to {address}")])

        return await self._tried(asked, draft, Stage.ADDRESS, check)

    async def back(self, asked: Asked) -> web.Response:
        """Go back to a stage that lies behind."""
        form = await form_of(asked.request, endpoints.DraftForm)
        draft = self._draft(asked, form.draft)
        stage = next((each.stage for each in HEADINGS if each.stage == form.stage), draft.stage)
        return self._show(asked, self._drafts.put(_back_to(draft, stage)))

    async def forget(self, asked: Asked) -> web.Response:
        """Forget what was given."""
        form = await form_of(asked.request, endpoints.DraftForm)
        if self._drafts.find(form.draft, _owner(asked)):
            self._drafts.forget(form.draft)
        if asked.request.content_type == FORM:
            return see_other("/connect")
        return answer(self._shown(asked, Draft(id="", owner="")))

    async def begin(self, asked: Asked) -> web.Response:
        """Carry the plan out; what was given is forgotten as soon as that is done."""
        form = await form_of(asked.request, endpoints.PlanForm)
        draft = self._draft(asked, form.draft, Stage.PLAN)
        draft = msgspec.structs.replace(draft, take_over=form.take_over)
        try:
            run = await self._wizardry.connect(
                draft.entry,
                draft.address,
                take_over=form.take_over,
                by=asked.who,
                draft=draft.id,
                connected=lambda: self._drafts.forget(draft.id),
            )
        except JournalUnavailableError:
            raise
        except GladlySegmentError as error:
            return self._show(asked, self._drafts.put(_wrong(draft, error)))
        self._drafts.put(msgspec.structs.replace(draft, wrong=None))
        return show_run(asked, self._wizardry, run)

    async def _page(self, asked: Asked) -> ConnectPage:
        query = query_of(asked.request, endpoints.ConnectQuery)
        draft = self._drafts.find(query.draft, _owner(asked)) if query.draft else None
        if draft is None:
            return self._shown(asked, self._named(query.organization or ""), forgotten=bool(query.draft))
        plan = None
        if draft.stage is Stage.PLAN:
            try:
                plan = await self._wizardry.plan(draft.entry, draft.address)
            except JournalUnavailableError:
                raise
            except GladlySegmentError as error:
                draft = _wrong(_back_to(draft, Stage.ADDRESS), error)
        return self._shown(asked, draft, plan=plan)

    def _named(self, organization: str) -> Draft:
        """Give what is shown before anything is given: what is known of an organization need not be given again."""
        is_known = any(each.name == organization and not each.is_of_file for each in self._wizardry.organizations())
        return Draft(
            id="",
            owner="",
            organization=organization,
            is_known=is_known,
            secrets_known=frozenset(SECRETS if is_known else ()),
        )

    def _shown(
        self, asked: Asked, draft: Draft, *, plan: Planned | None = None, forgotten: bool = False
    ) -> ConnectPage:
        return connect_page(
            draft,
            self._wizardry.organizations(),
            plan=plan,
            forgotten=forgotten,
            is_confidential=is_confidential(asked.request),
        )

    async def _tried(
        self, asked: Asked, draft: Draft, stage: Stage, check: Callable[[Draft], Awaitable[Draft]]
    ) -> web.Response:
        draft = _back_to(draft, stage)
        try:
            draft = await check(draft)
        except JournalUnavailableError:
            raise
        except GladlySegmentError as error:
            draft = _wrong(draft, error)
        return self._show(asked, self._drafts.put(draft))

    async def _see_gladly(self, draft: Draft) -> Draft:
        seen = await self._wizardry.see_gladly(draft.entry)
        draft = msgspec.structs.replace(
            draft,
            texts={**seen.known, **draft.texts},
            secrets_known=seen.secrets_known,
            is_known=seen.is_known,
            address=draft.address or seen.address,
        )
        return _onward(draft, Stage.SOURCE, [seen.line])

    async def _test_source(self, draft: Draft) -> Draft:
        tested = await self._wizardry.test_source(draft.entry)
        draft = msgspec.structs.replace(draft, code=tested.code)
        return _onward(draft, Stage.PROOF if tested.code else Stage.ADDRESS, tested.lines)

    def _show(self, asked: Asked, draft: Draft) -> web.Response:
        if asked.request.content_type == FORM:
            return see_other(f"/connect?draft={draft.id}")
        return answer(self._shown(asked, draft), _UNPROCESSABLE if draft.wrong else 200)

    def _draft(self, asked: Asked, id_: str, stage: Stage | None = None) -> Draft:
        draft = self._drafts.find(id_, _owner(asked))
        if draft is None or (stage is not None and _place(draft.stage) < _place(stage)):
            raise Refused(NO_SUCH_DRAFT, 404)
        return draft


def _owner(asked: Asked) -> str:
    return (asked.visitor.form_token if asked.visitor else None) or asked.who


def _require_confidential(asked: Asked) -> None:
    if not is_confidential(asked.request):
        raise Refused(NOT_CONFIDENTIAL, 403)


def _given(draft: Draft, texts: dict[str, str], secrets: dict[str, str]) -> Draft:
    """Take what was typed; a text that is empty now is as if it had never been given, a secret stays as it was."""
    typed = {key: text.strip() for key, text in texts.items()}
    kept = {key: text for key, text in draft.texts.items() if key not in typed}
    fresh = {key: Secret(text.strip()) for key, text in secrets.items() if text.strip()}
    return msgspec.structs.replace(
        draft,
        texts={**kept, **{key: text for key, text in typed.items() if text}},
        secrets={**draft.secrets, **fresh},
    )


def _wrong(draft: Draft, error: GladlySegmentError) -> Draft:
    wrong = wrong_at(error, draft.stage)
    # What its vendor does not take is of no more use.
    refused = wrong.field if wrong.reason in OF_NO_USE else ""
    kept = {key: secret for key, secret in draft.secrets.items() if key != refused}
    return msgspec.structs.replace(draft, wrong=wrong, secrets=kept, secrets_known=draft.secrets_known - {refused})


def _onward(draft: Draft, stage: Stage, lines: Sequence[Line]) -> Draft:
    return msgspec.structs.replace(draft, stage=stage, wrong=None, lines={**draft.lines, draft.stage: tuple(lines)})


def _back_to(draft: Draft, stage: Stage) -> Draft:
    """Have a stage asked for again, and what was found at it and behind it no more."""
    if _place(draft.stage) < _place(stage):
        return draft
    kept = {each: lines for each, lines in draft.lines.items() if _place(each) < _place(stage)}
    return msgspec.structs.replace(draft, stage=stage, lines=kept, wrong=None)


def _place(stage: Stage) -> int:
    return [each.stage for each in HEADINGS].index(stage)
