"""Options are tried on real events: what it costs is told before, and what they would change at the end."""

from typing import Any

import pytest

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.occurrence import EventKind
from gladly_segment.debugger.lab import Sample
from gladly_segment.debugger.lab.page import MOST, SAMPLE
from gladly_segment.debugger.lab.runs import AT_MOST_S, KEPT, WATCHED_WITHIN_S
from tests.support.clock import ManualClock
from tests.support.desk import FROM_PAGE, OTHER_SHOP, SHOP, Answer, Desk
from tests.support.histories import sent, track_event
from tests.unit.debugger.lab.conftest import Laboratory

BOTH = [("events", "created"), ("events", "closed")]
HOSTILE = "<script>alert(1)</script>\"'&"


async def send(desk: Desk, what: str, *fields: tuple[str, str]) -> Answer:
    """Send a form as the page does."""
    token = (await desk.get(f"/lab?organization={SHOP}")).form_token
    data = [("form_token", token), *fields]
    return await desk.ask("POST", f"/lab/{SHOP}/{what}", FROM_PAGE, data=data)


async def ask(desk: Desk, what: str, organization: str = SHOP, **document: Any) -> Answer:
    """Ask as a program does."""
    token = (await desk.get(f"/lab?organization={SHOP}")).form_token
    given = {"events": ["created", "closed"], **document}
    return await desk.ask("POST", f"/lab/{organization}/{what}", {**FROM_PAGE, "X-Form-Token": token}, json=given)


async def ended(desk: Desk, run: str) -> Any:
    """Give a run once it has ended."""
    found: Any = {"state": "running"}
    while found["state"] == "running":
        found = (await desk.get(f"/lab.json?organization={SHOP}&run={run}")).json["run"]
    return found


async def tried(desk: Desk, **document: Any) -> Any:
    return await ended(desk, (await ask(desk, "preview", **document)).json["run"])


async def test_without_an_organization_one_is_to_be_chosen(desk: Desk) -> None:
    assert (await desk.get("/lab.json")).json["organization"] is None
    assert "Choose an organization" in (await desk.get("/lab")).text


@pytest.mark.parametrize("path", ["/lab", "/lab.json"])
async def test_an_organization_that_is_not_known_has_no_lab(desk: Desk, path: str) -> None:
    answer = await desk.get(f"{path}?organization=nobody")

    assert (answer.status, answer.code) == (404, "no_such_organization")


@pytest.mark.parametrize("query", ["sample=0", f"sample={MOST + 1}", "sample=x", "cause=none", "letters=0"])
async def test_a_query_that_cannot_be_understood_is_refused(desk: Desk, query: str) -> None:
    assert (await desk.get(f"/lab.json?organization={SHOP}&{query}")).code == "bad_query"


async def test_what_it_costs_is_told_before(desk: Desk) -> None:
    page = (await desk.get(f"/lab.json?organization={SHOP}&sample=7")).json

    assert page["calls_at_most"] == 15
    assert (await ask(desk, "preview", sample=7)).json["calls_at_most"] == 15
    assert "at most <span data-calls>15</span> requests" in (await desk.get(f"/lab?organization={SHOP}&sample=7")).text


async def test_looking_at_the_page_reads_nothing(desk: Desk, lab: Laboratory) -> None:
    await desk.get(f"/lab?organization={SHOP}")

    assert (lab.previews, lab.samples) == (0, [])


async def test_what_would_change_is_told_event_by_event_and_in_all(desk: Desk, lab: Laboratory) -> None:
    run = await tried(desk, deny=["email"])

    assert (run["state"], run["events"], run["looked_at"]) == ("done", 2, 2)
    assert [(each["verdict"], each["events"]) for each in run["summary"]["counts"]] == [("changed", 2)]
    assert run["summary"]["properties"] == [{"path": "email", "events": 2}]
    assert [each["number"] for each in run["compared"]] == [2, 1]
    assert lab.samples == [Sample(most=SAMPLE)]


async def test_the_page_shows_what_the_json_has(desk: Desk) -> None:
    answer = await send(desk, "preview", *BOTH, ("deny", "email"))
    run = answer.location.partition("run=")[2]
    await ended(desk, run)

    text = (await desk.get(answer.location)).text

    assert "would be sent with other properties" in text
    assert "<code>email</code> in 2" in text
    assert 'value="email" aria-label="Leave email out" data-either="email" checked' in text
    assert f"toml of {SHOP}" in text


async def test_a_kind_that_is_not_wanted_is_no_longer_sent(desk: Desk) -> None:
    run = await tried(desk, events=[EventKind.CREATED])

    [count] = run["summary"]["counts"]
    assert (count["verdict"], count["events"], count["reasons"]) == ("no_longer_sent", 2, ["event_not_wanted"])


async def test_an_event_that_cannot_be_read_does_not_stop_the_others(desk: Desk, lab: Laboratory) -> None:
    lab.unreadable = {Seq(2)}

    run = await tried(desk, deny=["email"])

    assert [each["verdict"] for each in run["compared"]] == ["unreadable", "changed"]
    assert run["compared"][0]["then"]["reason"] == "no connection could be made"


async def test_dead_letters_may_be_the_sample(desk: Desk, lab: Laboratory) -> None:
    await tried(desk, cause="event_too_large")
    await tried(desk, letters=[7, 3, 7])

    assert lab.samples == [
        Sample(most=MOST, cause=ParkCause.EVENT_TOO_LARGE),
        Sample(most=2, letters=(Seq(3), Seq(7))),
    ]


async def test_a_cause_that_is_none_is_refused(desk: Desk) -> None:
    assert (await ask(desk, "preview", cause="bad luck")).code == "bad_form"


async def test_names_of_attributes_stand_on_lines(desk: Desk, lab: Laboratory) -> None:
    answer = await send(
        desk, "preview", *BOTH, ("deny_attributes", " a b \r\n\r\nc\r\na b"), ("allow_only_attributes", "unmeant")
    )

    options = (await desk.get("/lab.json?" + answer.location.partition("?")[2])).json["options"]
    assert (options["deny_attributes"], options["allow_only_attributes"]) == (["a b", "c"], None)


async def test_only_what_is_checked_is_allowed_alone(desk: Desk) -> None:
    run = await tried(desk, allow_only=True)

    assert run["options"]["allow_only_attributes"] == []


async def test_while_it_runs_it_says_how_far_it_is(desk: Desk, lab: Laboratory) -> None:
    lab.may_read.clear()
    answer = await send(desk, "preview", *BOTH)
    run = answer.location.partition("run=")[2]

    page = (await desk.get(answer.location)).text

    assert f'data-running="{run}"' in page
    assert "It ends by itself when you leave this page." in page
    lab.may_read.set()
    assert (await ended(desk, run))["state"] == "done"
    assert "data-running" not in (await desk.get(answer.location)).text


async def test_who_leaves_ends_it(desk: Desk, lab: Laboratory, clock: ManualClock) -> None:
    lab.may_read.clear()
    run = (await ask(desk, "preview")).json["run"]
    for _ in range(3):
        await clock.asleep()
        clock.advance(WATCHED_WITHIN_S - 1)
        assert (await desk.get(f"/lab.json?run={run}")).json["run"]["state"] == "running"

    await clock.asleep()
    clock.advance(WATCHED_WITHIN_S)

    assert (await ended(desk, run))["state"] == "left"
    assert lab.read == []
    assert "ended when its page was left" in (await desk.get(f"/lab?run={run}")).text


async def test_it_ends_when_it_takes_too_long(desk: Desk, lab: Laboratory, clock: ManualClock) -> None:
    lab.may_read.clear()
    run = (await ask(desk, "preview")).json["run"]

    await clock.asleep()
    clock.advance(AT_MOST_S)

    assert (await ended(desk, run))["state"] == "out_of_time"
    assert "2 of 2 events were not looked at" in (await desk.get(f"/lab?run={run}")).text


async def test_a_new_one_ends_the_former_of_the_same_organization(desk: Desk, lab: Laboratory) -> None:
    lab.may_read.clear()
    lab.receipts.append(sent(3, organization=OTHER_SHOP))
    other = (await ask(desk, "preview", organization=OTHER_SHOP)).json["run"]
    former = (await ask(desk, "preview")).json["run"]
    await ask(desk, "preview", deny=["email"])

    assert (await ended(desk, former))["state"] == "left"
    assert (await desk.get(f"/lab.json?run={other}")).json["run"]["state"] == "running"


async def test_only_the_latest_are_remembered(desk: Desk) -> None:
    first = (await ask(desk, "preview")).json["run"]
    for _ in range(KEPT):
        await tried(desk)

    page = (await desk.get(f"/lab.json?organization={SHOP}&run={first}")).json
    assert page["run"] is None
    assert page["problem"]["code"] == "no_such_lab_run"
    assert "is here no more" in (await desk.get(f"/lab?organization={SHOP}&run={first}")).text


async def test_a_form_that_is_sent_twice_begins_one(desk: Desk, lab: Laboratory) -> None:
    answers = [await send(desk, "preview", *BOTH, ("once", "the same")) for _ in range(2)]

    assert len({each.location for each in answers}) == 1
    assert lab.previews == 1


async def test_without_anything_to_try_it_on_the_page_says_so(desk: Desk, lab: Laboratory) -> None:
    lab.receipts = []
    run = (await ask(desk, "preview")).json["run"]
    await ended(desk, run)

    assert "There is nothing to try it on yet" in (await desk.get(f"/lab?run={run}")).text


async def test_what_customers_say_is_no_markup(desk: Desk, lab: Laboratory) -> None:
    lab.receipts = [sent(payload=track_event(customerName=HOSTILE, customAttributes={HOSTILE: HOSTILE}))]
    run = (await ask(desk, "preview", deny_attributes=[HOSTILE])).json["run"]
    await ended(desk, run)

    text = (await desk.get(f"/lab?run={run}")).text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_what_cannot_be_used_is_told_and_what_was_given_stays(desk: Desk, lab: Laboratory) -> None:
    answer = await send(desk, "preview", *BOTH, ("hash", "email"), ("deny_attributes", "tier"))

    assert answer.status == 422
    assert "what is hashed needs a hash_key" in answer.text
    assert ">tier</textarea>" in answer.text
    assert 'aria-label="Send only a hash of email" data-either="email" checked' in answer.text
    assert lab.previews == 0


async def test_a_program_is_told_which_setting_is_wrong(desk: Desk) -> None:
    answer = await ask(desk, "preview", deny=["emial"])

    assert (answer.status, answer.code) == (422, "wrong_options")
    assert "deny names emial" in answer.json["error"]["message"]


async def test_no_kind_at_all_is_refused(desk: Desk) -> None:
    assert f"organizations.{SHOP}.events" in (await ask(desk, "preview", events=[])).json["error"]["message"]


async def test_an_organization_that_goes_meanwhile_ends_the_run(desk: Desk, lab: Laboratory) -> None:
    lab.organizations[OTHER_SHOP] = lab.organizations[SHOP]
    run = (await ask(desk, "preview")).json["run"]
    assert (await ended(desk, run))["state"] == "done"

    lab.preview = lambda _: None  # type: ignore[method-assign, assignment]
    failed = await tried(desk)

    assert (failed["state"], failed["failure"]) == ("failed", "this service does not serve the organization any more")


async def test_an_unexpected_error_is_an_answer_too(desk: Desk, lab: Laboratory) -> None:
    def broken() -> bytes:
        raise ZeroDivisionError("canary-detail")

    lab.make = broken

    failed = await tried(desk)

    assert failed["state"] == "failed"
    assert "canary" not in failed["failure"]
