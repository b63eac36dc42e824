"""The vendor's Export API (Gladly fact sheet, recovering what was missed)."""

import asyncio

from aiohttp import web

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.exports import Exports
from gladly_segment.sandbox.gladly.times import parse_rfc3339
from gladly_segment.sandbox.gladly.wire import json_answer


class ExportsApi:
    """Handlers below `/api/v1/export`."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    def routes(self) -> list[web.RouteDef]:
        """For the application mounted at `/api/v1`."""
        return [
            web.get("/export/jobs", self._list),
            web.get("/export/jobs/{job_id}", self._job),
            web.get("/export/jobs/{job_id}/files/{name}", self._file),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        jobs = self._exports.all()
        if status := request.query.get("status"):
            jobs = [job for job in jobs if job.status == status]
        if start_ns := _time_parameter(request, "startAt"):
            jobs = [job for job in jobs if parse_rfc3339(job.updated_at) >= start_ns]
        if end_ns := _time_parameter(request, "endAt"):
            jobs = [job for job in jobs if parse_rfc3339(job.updated_at) <= end_ns]
        return json_answer(jobs)

    async def _job(self, request: web.Request) -> web.Response:
        return json_answer(self._exports.get(request.match_info["job_id"]))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        chunks = self._exports.file(request.match_info["job_id"], request.match_info["name"])
        answer = web.StreamResponse(headers={"Content-Type": "application/x-jsonlines"})
        await answer.prepare(request)
        for chunk in chunks:
            await answer.write(chunk)
            # A long file must not hold up what else is asked.
            await asyncio.sleep(0)
        await answer.write_eof()
        return answer


def _time_parameter(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if not text:
        return None
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise RefusedError.invalid(name, f"{name} is {error}") from error
