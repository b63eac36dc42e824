"""What `explain` knows of the service: from the settings, the registry and the journal, with nobody asked."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.core.errors import InputError
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Deferred, MadeReady
from gladly_segment.core.verdict import Answer, Verdict
from gladly_segment.journals.sqlite import SqliteJournal, open_registry
from gladly_segment.ports.registry import Feed
from gladly_segment.service.beside import rebuild_history
from gladly_segment.service.explaining import Place, Question, explain
from tests.support.clock import ManualClock
from tests.support.receipts import conversation_event, profile_event, taken_in
from tests.unit.journals.beside import opened

ACME, GONE = OrganizationId("acme"), OrganizationId("gone")
NOW = datetime.now(UTC)  # noqa: TID251 - what is asked is asked now
AGO = NOW - timedelta(minutes=5)
FAR = NOW + timedelta(days=1)

TABLE = """
[organizations.{name}]
gladly_url = "http://127.0.0.1:9"
gladly_user = "api@acme.example"
gladly_token = "token"
gladly_share = 0.5
segment_write_key = "{name}-key"
webhook_username = "gladly"
webhook_passwords = ["password"]
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where there are no settings but a test's own."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("GLADLY_SEGMENT_")]:
        monkeypatch.delenv(variable)
    return tmp_path


def settings_of(directory: Path, *names: str) -> Settings:
    tables = "".join(TABLE.format(name=name) for name in names)
    (directory / "gladly-segment.toml").write_text(f'data_dir = "{directory}/data"\n{tables}')
    return load_settings()


async def receive(journal: SqliteJournal, *conversations: str, organization: OrganizationId = ACME) -> None:
    for each in conversations:
        await journal.append(taken_in(conversation_event("CREATED", each), organization=organization, at=NOW))


async def put_off(journal: SqliteJournal, detail: str) -> None:
    entries = await journal.claim(Stage.ENRICH, ACME, 100)
    await journal.settle([Deferred(each.seq, FAR, counted=False, detail=detail) for each in entries])


async def asked(
    settings: Settings | None,
    directory: Path,
    conversation: str = "c-1",
    *,
    organization: OrganizationId | None = None,
    ask_gladly: bool = False,
) -> Sequence[Answer]:
    question = Question(id=conversation, organization=organization, ask_gladly=ask_gladly)
    found = await explain(question, Place(data_dir=directory / "data", settings=settings))
    return [each.answer for each in found]


async def test_what_waits_tells_its_place_and_our_share_of_the_rate(directory: Path) -> None:
    settings = settings_of(directory, ACME)
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        await receive(journal, "c-3", "c-2", "c-1")
        await receive(journal, "c-1", organization=GONE)

        answers = await asked(settings, directory, organization=ACME)

    assert [each.verdict for each in answers] == [Verdict.WAITING_FOR_QUOTA]
    assert "2 events are before it, and Gladly is asked at most 5 times a second" in answers[0].why


async def test_that_no_service_runs_is_told_of_what_waits(directory: Path) -> None:
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        await receive(journal, "c-1")
        [beside] = await asked(None, directory)

    [afterwards] = await asked(None, directory)

    assert (beside.verdict, afterwards.verdict) == (Verdict.WAITING_FOR_QUOTA, Verdict.NOT_RUNNING)


async def test_an_organization_that_is_no_longer_served_is_told_only_by_settings(directory: Path) -> None:
    settings = settings_of(directory, ACME)
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        await receive(journal, "c-1", organization=GONE)

        with_settings, without = await asked(settings, directory), await asked(None, directory)

    assert [each.verdict for each in (*with_settings, *without)] == [Verdict.NOT_SERVED, Verdict.WAITING_FOR_QUOTA]


@pytest.mark.parametrize("served", [True, False])
async def test_an_organization_that_is_paused_is_told_with_and_without_settings(directory: Path, served: bool) -> None:
    settings = settings_of(directory, ACME) if served else None
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        await receive(journal, "c-1")
        async with open_registry(directory / "data") as registry:
            await registry.pause(ACME, paused=True)

        assert [each.verdict for each in await asked(settings, directory)] == [Verdict.PAUSED]


@pytest.mark.parametrize(
    ("detail", "verdict"),
    [
        ("answered 401 (Unauthorized)", Verdict.STAGE_HELD),
        ("answered 503 (Service Unavailable)", Verdict.RETRY_DUE),
    ],
)
async def test_whether_a_stage_stands_still_is_told_by_what_others_met(
    directory: Path, detail: str, verdict: Verdict
) -> None:
    settings = settings_of(directory, ACME)
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        await receive(journal, "c-1", "c-2")
        await put_off(journal, detail)
        await receive(journal, "c-3")

        [met], [other] = await asked(settings, directory), await asked(settings, directory, "c-3")

    assert met.verdict is verdict
    assert detail in met.why
    assert other.verdict is (verdict if verdict is Verdict.STAGE_HELD else Verdict.WAITING_FOR_QUOTA)


@pytest.mark.parametrize(
    ("feed", "verdict"),
    [
        (Feed(organization=ACME, webhook_id="w-1", disabled_since=AGO), Verdict.FEED_DISABLED),
        (Feed(organization=ACME, disabled_since=AGO), Verdict.FEED_MISSING),
        (Feed(organization=ACME, disabled_since=NOW), Verdict.NEVER_RECEIVED),
        (Feed(organization=ACME, webhook_id="w-1", whole_until=AGO, disabled_since=NOW), Verdict.FEED_DISABLED),
        (Feed(organization=ACME, webhook_id="w-1", whole_until=NOW), Verdict.NEVER_RECEIVED),
    ],
)
async def test_what_was_noted_of_the_feed_explains_that_nothing_came(
    directory: Path, feed: Feed, verdict: Verdict
) -> None:
    settings = settings_of(directory, ACME)
    async with opened(directory / "data"), open_registry(directory / "data") as registry:
        await registry.note_feed(feed)

        [answer] = await asked(settings, directory)

    assert answer.verdict is verdict


async def test_of_several_organizations_none_is_meant_unless_it_is_named(directory: Path) -> None:
    settings = settings_of(directory, ACME, "beta")
    async with opened(directory / "data"):
        [unnamed] = await asked(settings, directory)
        [unknown] = await asked(settings, directory, organization=GONE)

    assert unnamed.todo.endswith("gladly-segment doctor")
    assert unnamed.verdict is Verdict.NEVER_RECEIVED
    assert unknown.verdict is Verdict.NOT_SERVED


@pytest.mark.parametrize(
    ("served", "organization", "complaint"),
    [
        ((ACME,), None, "Gladly cannot be asked for the conversation: the host refused the connection"),
        ((ACME, "beta"), None, "it is not known whose conversation it is"),
        ((ACME,), GONE, "nothing is known of how to reach gone"),
        ((), ACME, "nothing is known of how to reach acme"),
    ],
)
async def test_when_gladly_cannot_be_asked_it_says_why(
    directory: Path, served: Sequence[str], organization: OrganizationId | None, complaint: str
) -> None:
    settings = settings_of(directory, *served) if served else None
    async with opened(directory / "data"):
        with pytest.raises(InputError) as error:
            await asked(settings, directory, organization=organization, ask_gladly=True)

    assert complaint in error.value.message
    assert error.value.hint


async def test_a_conversation_is_found_by_the_id_of_a_message_an_event_or_a_customer(directory: Path) -> None:
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        for conversation, customer in (("c-1", "u-1"), ("c-2", "u-1"), ("c-3", "u-10")):
            event = taken_in(conversation_event("CREATED", conversation, customer), organization=ACME, at=NOW)
            await journal.append(event)
        [entry, *_] = await journal.claim(Stage.ENRICH, ACME, 1)
        await journal.settle([MadeReady(entry.seq, b"{}", message_id(entry.key))])
        await rebuild_history(directory / "data", lambda _done, _of: None)

        found = {each: await conversations(directory, each) for each in ("u-1", message_id(entry.key), "u-")}
        by_event = await conversations(directory, event.event_id)

    assert found == {"u-1": ["c-2", "c-1"], message_id(entry.key): ["c-1"], "u-": ["u-"]}
    assert by_event == ["c-3"]


async def test_an_event_that_belongs_to_no_conversation_is_not_told_to_be_a_conversation(directory: Path) -> None:
    async with opened(directory / "data", ManualClock(NOW)) as journal:
        event = taken_in(profile_event("UPDATED"), organization=ACME, at=NOW)
        await journal.append(event)
        await rebuild_history(directory / "data", lambda _done, _of: None)

        with pytest.raises(InputError, match=r"belongs to no conversation: #1 \(CUSTOMER_PROFILE/UPDATED\)"):
            await conversations(directory, event.event_id)


async def conversations(directory: Path, id_: str) -> list[str]:
    found = await explain(Question(id=id_), Place(data_dir=directory / "data", settings=None))
    return [each.conversation for each in found]
