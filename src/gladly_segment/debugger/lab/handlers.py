"""What is done at each address of the mapping lab."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gladly_segment.admin import answers as door
from gladly_segment.admin.answers import Refused
from gladly_segment.admin.given import form_of, query_of
from gladly_segment.admin.pages import see_other
from gladly_segment.admin.routes import Asked, Route
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.debugger import answers
from gladly_segment.debugger.frame import Frames, Screen
from gladly_segment.debugger.lab import endpoints
from gladly_segment.debugger.lab.endpoints import LabForm, LabQuery, sample_of
from gladly_segment.debugger.lab.options import options_of
from gladly_segment.debugger.lab.page import Begun, LabPage, Switched, calls_at_most
from gladly_segment.debugger.lab.runs import Order, Run, Runs
from gladly_segment.debugger.lab.watched import MappingLab, Sample, Subject
from gladly_segment.debugger.once import Once, name_of, new_once
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.answers import answer
from gladly_segment.transport.endpoints import FORM


class LabHandlers:
    """All of them."""

    def __init__(self, frames: Frames, lab: MappingLab, clock: Clock) -> None:
        self._frames = frames
        self._lab = lab
        self._runs = Runs(lab, clock)
        self._begun: Once[str] = Once()
        self._switched: Once[bool] = Once()

    def routes(self) -> Sequence[Route]:
        """Give each with its endpoint."""
        return (
            Route(endpoints.LAB_JSON, self.lab_json),
            Route(endpoints.LAB, self.lab),
            Route(endpoints.PREVIEW, self.preview),
            Route(endpoints.SWITCH, self.switch),
        )

    async def lab_json(self, asked: Asked) -> web.Response:
        """Give what the page shows."""
        return answer(await self._page(query_of(asked.request, LabQuery)))

    async def lab(self, asked: Asked) -> web.Response:
        """Show the page."""
        return self._show(asked, await self._page(query_of(asked.request, LabQuery)))

    async def preview(self, asked: Asked) -> web.Response:
        """Begin a run."""
        form = await form_of(asked.request, LabForm)
        subject, sample = await self._subject(asked.names["organization"]), _sample(form)
        try:
            variant = self._variant(subject, form)
        except Refused as refused:
            return self._wrong(asked, form, subject, refused)
        order = Order(sample=sample, options=form.options, now=subject.organization, then=variant)

        async def begin() -> str:
            return self._runs.begin(order)

        run = await self._begun.do(name_of(form.once, form.options, sample), begin)
        if asked.request.content_type != FORM:
            return answer(Begun(run, calls_at_most(sample.most)))
        return see_other(_place(subject, form, "run", run))

    async def switch(self, asked: Asked) -> web.Response:
        """Let options count."""
        form = await form_of(asked.request, LabForm)
        subject = await self._subject(asked.names["organization"])
        try:
            self._variant(subject, form)
            await self._switch(subject, form, asked.who)
        except Refused as refused:
            return self._wrong(asked, form, subject, refused)
        if asked.request.content_type != FORM:
            return answer(Switched(subject.organization.name))
        return see_other(_place(subject, form, "switched", "true"))

    async def _switch(self, subject: Subject, form: LabForm, who: str) -> None:
        if subject.organization.origin is not Origin.REGISTRY:
            raise Refused(answers.SETTINGS_ARE_YOURS, 409)
        name = name_of(form.once, form.options, form.version)
        try:
            switched = await self._switched.do(
                name, lambda: self._lab.switch(subject.organization.name, form.options, form.version, who)
            )
        except SettingsError as error:
            raise _wrong_options(error) from None
        if not switched:
            raise Refused(answers.CHANGED_MEANWHILE, 409)

    def _variant(self, subject: Subject, form: LabForm) -> Organization:
        try:
            return self._lab.variant(subject.organization, form.options)
        except SettingsError as error:
            raise _wrong_options(error) from None

    async def _subject(self, name: str) -> Subject:
        subject = await self._lab.subject(OrganizationId(name))
        if subject is None:
            raise Refused(door.NO_SUCH_ORGANIZATION, 404)
        return subject

    async def _page(self, query: LabQuery) -> LabPage:
        sample = sample_of(query)
        run = self._runs.find(query.run) if query.run else None
        name = run.organization if run else query.organization
        if name is None:
            return LabPage(organization=None, sample=sample)
        page = self._filled(await self._subject(name), sample, run)
        gone = answers.NO_SUCH_LAB_RUN if query.run and run is None else None
        return msgspec.structs.replace(page, switched=query.switched, problem=gone)

    def _filled(self, subject: Subject, sample: Sample, run: Run | None) -> LabPage:
        found, present = subject.organization, options_of(subject.organization)
        return LabPage(
            organization=found.name,
            origin=found.origin,
            present=present,
            options=run.options if run else present,
            hashes=found.privacy.hash_key is not None,
            version=subject.version,
            sample=run.sample if run else sample,
            calls_at_most=calls_at_most(sample.most),
            run=run,
            toml=self._lab.toml(found.name, run.options) if run and found.origin is Origin.FILE else "",
            once=new_once(),
        )

    def _wrong(self, asked: Asked, form: LabForm, subject: Subject, refused: Refused) -> web.Response:
        """Show the form as it was sent, with what is wrong; a program is only told that."""
        if asked.request.content_type != FORM:
            raise refused
        page = msgspec.structs.replace(
            self._filled(subject, _sample(form), None), options=form.options, problem=refused.problem
        )
        return self._show(asked, page, refused.status)

    def _show(self, asked: Asked, page: LabPage, status: int = 200) -> web.Response:
        return self._frames.show(
            asked, page, template="lab.html", screen=Screen.LAB, chosen=page.organization, status=status
        )


def _wrong_options(error: SettingsError) -> Refused:
    return Refused(msgspec.structs.replace(answers.WRONG_OPTIONS, message=error.message, hint=error.hint), 422)


def _sample(form: LabForm) -> Sample:
    try:
        return sample_of(form)
    except ValueError:
        hint = "`cause` is no cause of dead letters"
        raise Refused(msgspec.structs.replace(door.BAD_FORM, hint=hint), 400) from None


def _place(subject: Subject, form: LabForm, name: str, value: str) -> str:
    """Lead back to the page with the sample of the form."""
    place: dict[str, object] = {"organization": subject.organization.name, "cause": form.cause, "letters": form.letters}
    kept = {each: given for each, given in place.items() if given}
    return "/lab?" + urlencode({**kept, "sample": form.sample, name: value}, doseq=True)
