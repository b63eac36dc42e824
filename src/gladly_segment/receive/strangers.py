"""The answer to whoever has no proof of being one of ours."""

from collections.abc import Callable

from aiohttp import web

from gladly_segment.core.throttle import Failures
from gladly_segment.ports.clock import Clock
from gladly_segment.receive import answers
from gladly_segment.transport.connection import caller


def refuse_stranger(
    request: web.BaseRequest, failures: Failures, clock: Clock, refusal: Callable[[], web.Response]
) -> web.Response:
    """Count a failure; give the refusal, or from the address of one who guesses the wish to wait.

    Asked only where proof is lacking: whoever shares an address with a guesser, or is one, is let in with the right
    one.
    """
    wait_s = failures.wait_s(caller(request), clock.monotonic())
    if not wait_s:
        return refusal()
    response = answers.refuse_for(answers.TOO_MANY_FAILURES, 429, wait_s)
    response.force_close()
    return response
