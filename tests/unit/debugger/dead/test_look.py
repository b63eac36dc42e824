"""Dead letters are shown by cause, with what each means and what to do."""

import pytest

from gladly_segment.core.lifecycle import REMEDIES, ParkCause, State
from gladly_segment.debugger.dead.page import PORTION
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.registry import Action
from tests.support.clock import START
from tests.support.desk import OTHER_SHOP, SHOP, Desk
from tests.unit.debugger.dead.conftest import park

LARGE = ParkCause.EVENT_TOO_LARGE
REFUSED = ParkCause.REQUEST_REFUSED
HOSTILE = "<script>alert(1)</script>\"'&"


async def park_three(journal: SqliteJournal) -> None:
    await park(journal, "a", "b")
    await park(journal, "c", cause=LARGE, detail="40000 bytes", organization=OTHER_SHOP)


async def test_a_group_tells_what_it_means_and_what_to_do(journal: SqliteJournal, desk: Desk) -> None:
    await park_three(journal)

    page = (await desk.get("/dead.json")).json

    assert [(each["organization"], each["cause"], each["letters"]) for each in page["groups"]] == [
        (SHOP, REFUSED, 2),
        (OTHER_SHOP, LARGE, 1),
    ]
    assert (page["groups"][0]["meaning"], page["groups"][0]["remedy"]) == (
        REMEDIES[REFUSED].meaning,
        REMEDIES[REFUSED].action,
    )
    assert page["groups"][1]["details"] == ["40000 bytes"]
    assert page["letters"] is None


async def test_the_groups_add_up_to_what_the_journal_counts(journal: SqliteJournal, desk: Desk) -> None:
    await park_three(journal)

    page = (await desk.get("/dead.json")).json

    counted = sum(each.count for each in await journal.tally() if each.state is State.PARKED)
    assert page["total"] == sum(each["letters"] for each in page["groups"]) == counted == 3


async def test_the_page_shows_what_the_json_has(journal: SqliteJournal, desk: Desk) -> None:
    await park_three(journal)

    text = (await desk.get("/dead")).text

    assert "3 in 2 groups" in text
    for cause in (REFUSED, LARGE):
        assert REMEDIES[cause].meaning in text
        assert f"cause={cause}" in text


async def test_another_organization_is_not_shown(journal: SqliteJournal, desk: Desk) -> None:
    await park_three(journal)

    page = await desk.get(f"/dead.json?organization={OTHER_SHOP}")

    assert [each["organization"] for each in page.json["groups"]] == [OTHER_SHOP]
    assert REFUSED not in (await desk.get(f"/dead?organization={OTHER_SHOP}")).text


async def test_an_open_group_lists_its_letters_in_log_order(journal: SqliteJournal, desk: Desk) -> None:
    await park_three(journal)

    page = (await desk.get(f"/dead.json?organization={SHOP}&cause={REFUSED}")).json

    assert [each["number"] for each in page["letters"]] == [1, 2]
    assert page["letters"][0]["detail"] == "HTTP 400"
    assert page["letters"][0]["event_id"] == "event of a"
    text = (await desk.get(f"/dead?organization={SHOP}&cause={REFUSED}")).text
    assert 'href="/events/1"' in text
    assert 'href="/events/3"' not in text


async def test_a_long_group_is_paged_without_a_gap(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, *(f"{number:03}" for number in range(PORTION + 2)))
    path = f"/dead.json?organization={SHOP}&cause={REFUSED}"

    first = (await desk.get(path)).json
    second = (await desk.get(f"{path}&after={first['next_after']}")).json

    numbers = [each["number"] for page in (first, second) for each in page["letters"]]
    assert numbers == list(range(1, PORTION + 3))
    assert second["next_after"] is None


async def test_without_dead_letters_the_page_says_so(desk: Desk) -> None:
    assert "There are no dead letters" in (await desk.get("/dead")).text
    text = (await desk.get(f"/dead?organization={SHOP}&cause={REFUSED}")).text
    assert f"no dead letters of {SHOP} with the cause {REFUSED}" in text


async def test_what_a_vendor_said_is_no_markup(journal: SqliteJournal, desk: Desk) -> None:
    await park(journal, "a", detail=HOSTILE)

    for path in ("/dead", f"/dead?organization={SHOP}&cause={REFUSED}"):
        text = (await desk.get(path)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("query", ["cause=none_such", "after=-1", "after=x", f"after={2**64}"])
async def test_a_query_that_cannot_be_understood_is_refused(desk: Desk, query: str) -> None:
    answer = await desk.get(f"/dead.json?{query}")

    assert (answer.status, answer.code) == (400, "bad_query")
    assert answer.json["error"]["hint"]


async def test_the_trail_is_shown_newest_first_and_of_one_organization(journal: SqliteJournal, desk: Desk) -> None:
    for number, organization in enumerate((SHOP, OTHER_SHOP, SHOP)):
        action = Action(at=START, organization=organization, by="ann", what=f"did {number}", detail=HOSTILE)
        await journal.registry.note_action(action)

    everything = (await desk.get("/actions.json")).json["actions"]
    assert [each["what"] for each in everything] == ["did 2", "did 1", "did 0"]
    mine = (await desk.get(f"/actions.json?organization={SHOP}&limit=1")).json["actions"]
    assert [each["what"] for each in mine] == ["did 2"]
    page = await desk.get(f"/dead?organization={SHOP}")
    assert "did 2" in page.text
    assert "did 1" not in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
async def test_a_limit_has_bounds(desk: Desk, limit: str) -> None:
    assert (await desk.get(f"/actions.json?limit={limit}")).code == "bad_query"
