"""The wrong-workspace guard."""

from datetime import timedelta

import msgspec
import pytest

from gladly_segment.connect.looking import look_at_workspace
from gladly_segment.connect.workspace import (
    Bound,
    Free,
    KeyUse,
    OtherKey,
    OtherPlace,
    Place,
    bind_anew,
    hold_to_workspaces,
    judge,
    key_use,
)
from gladly_segment.core.errors import WrongWorkspaceError
from gladly_segment.core.fingerprint import fingerprint
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Binding
from tests.support.clock import START
from tests.support.organizations import an_organization
from tests.unit.connect.doubles import MemoryNotes

CANARY = "canary-write-key"


def a_binding(key: str = CANARY, name: str = "acme", environment: str = "production", region: str = "us") -> Binding:
    return Binding(
        fingerprint=fingerprint(Secret(key)),
        organization=OrganizationId(name),
        environment=environment,
        region=region,
        bound_at=START,
    )


def a_use(key: str = CANARY, name: str = "acme", environment: str = "production", region: str = "us") -> KeyUse:
    return KeyUse(Place(OrganizationId(name), environment, region), fingerprint(Secret(key)))


def in_environment(organization: Organization, environment: str) -> Organization:
    segment = msgspec.structs.replace(organization.segment, environment=environment)
    return msgspec.structs.replace(organization, segment=segment)


def test_a_fingerprint_tells_keys_apart_and_nothing_of_them() -> None:
    found = fingerprint(Secret(CANARY))

    assert found == fingerprint(Secret(CANARY)) != fingerprint(Secret(f"{CANARY} "))
    assert len(found) == 64
    assert "canary" not in found


def test_at_first_everything_is_free() -> None:
    assert judge(a_use(), [a_binding("another", "other")]) == Free()


def test_the_same_key_at_the_same_place_is_bound() -> None:
    assert judge(a_use(), [a_binding("another", "other"), a_binding()]) == Bound()


@pytest.mark.parametrize("where", [{"name": "other"}, {"environment": "staging"}, {"region": "eu"}])
def test_a_key_belongs_to_one_place(where: dict[str, str]) -> None:
    assert judge(a_use(**where), [a_binding()]) == OtherPlace(a_binding())


def test_a_place_has_one_key() -> None:
    assert judge(a_use("another"), [a_binding()]) == OtherKey(a_binding())


def test_a_key_of_elsewhere_counts_before_the_key_that_is_here() -> None:
    here, elsewhere = a_binding("here"), a_binding("elsewhere", "other")

    assert judge(a_use("elsewhere"), [here, elsewhere]) == OtherPlace(elsewhere)


def test_a_refusal_names_the_place_and_the_way_out() -> None:
    with pytest.raises(WrongWorkspaceError) as error:
        look_at_workspace([a_binding()], a_use(region="eu"), may_change=False)

    assert error.value.message == (
        "this write key is bound to acme (production, us) since 2026-03-01T12:00:00.000Z, and not to "
        "acme (production, eu)"
    )
    assert "--change-write-key" in error.value.hint
    assert look_at_workspace([a_binding()], a_use(region="eu"), may_change=True) == OtherPlace(a_binding())


async def test_organizations_are_held_to_what_they_used_first() -> None:
    notes, acme = MemoryNotes(), an_organization("acme", write_key=CANARY)

    assert await hold_to_workspaces(notes, [acme], START) == {}
    assert await hold_to_workspaces(notes, [acme], START + timedelta(days=1)) == {}
    assert notes.bound == [a_binding()]

    wrong = await hold_to_workspaces(notes, [an_organization("acme", write_key="another"), acme], START)
    assert list(wrong) == ["acme"]
    assert notes.bound == [a_binding()]


async def test_two_that_share_a_key_are_told_apart_at_once() -> None:
    notes = MemoryNotes()

    wrong = await hold_to_workspaces(
        notes, [an_organization("acme", write_key=CANARY), an_organization("other", write_key=CANARY)], START
    )

    assert list(wrong) == ["other"]
    assert "bound to acme" in wrong[OrganizationId("other")].message


async def test_one_organization_may_have_a_key_for_each_environment() -> None:
    notes, acme = MemoryNotes(), an_organization("acme", write_key=CANARY)
    staging = in_environment(an_organization("acme", write_key="another"), "staging")

    assert await hold_to_workspaces(notes, [acme], START) == {}
    assert await hold_to_workspaces(notes, [staging], START) == {}
    assert len(notes.bound) == 2


async def test_binding_anew_is_noted_without_the_key() -> None:
    notes = MemoryNotes(a_binding(), a_binding("another", "other"))

    assert await bind_anew(notes, a_use("another"), START) == OtherPlace(a_binding("another", "other"))
    assert notes.bound == [a_binding("another")]
    (action,) = notes.trail
    assert (action.what, action.organization, action.by) == ("write_key_changed", "acme", "person")
    assert "no more for other (production, us)" in action.detail
    assert "another" not in action.detail

    assert await bind_anew(notes, a_use("another"), START) == Bound()
    assert len(notes.trail) == 1


async def test_an_organizations_use_is_its_name_environment_and_region() -> None:
    acme = an_organization("acme", write_key=CANARY)

    assert key_use(acme.name, acme.segment) == a_use()
