"""`gladly-segment secrets rotate` is killed in the middle: whatever key the service has then opens everything."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from gladly_segment.config.secrets import SecretsSettings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.journals.sqlite import SqliteRegistry
from gladly_segment.ports.registry import Declared
from gladly_segment.service.beside import registering
from gladly_segment.vault import EnvelopeVault, create_key_file, key_ids, load_keys
from tests.support.clock import START

NAMES = [f"shop-{number}" for number in range(8)]
TOKENS = {"gladly_token": Secret("token")}


async def rotate(data_dir: Path, *, killed_after: int | None = None) -> tuple[int | None, str]:
    """Run the command; give its status and what it printed."""
    program = ("gladly_segment",) if killed_after is None else ("tests.cli.mortal", str(killed_after))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *program, "secrets", "rotate", "--data-dir", str(data_dir)),
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")},
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def opened(registry: SqliteRegistry, vault: EnvelopeVault) -> list[str]:
    """Whose records a vault opens."""
    return [each.name for each in await registry.declared() if vault.open(each.sealed, context=each.name) == TOKENS]


@pytest.mark.parametrize(
    ("killed_after", "wraps"),
    [
        pytest.param(3, [2, 2, 2, 1, 1, 1, 1, 1], id="while records are sealed for both keys"),
        pytest.param(len(NAMES), [2] * 8, id="before the key file is replaced"),
        pytest.param(len(NAMES) + 3, [1, 1, 1, 2, 2, 2, 2, 2], id="while the former key is locked out"),
    ],
)
async def test_a_killed_rotation_loses_nothing_and_is_finished(
    tmp_path: Path, killed_after: int, wraps: list[int]
) -> None:
    data_dir, sources = tmp_path / "data", SecretsSettings().sources(tmp_path / "data")
    former = create_key_file(tmp_path / "data.key")
    async with registering(data_dir) as registry:
        for name in NAMES:
            sealed = EnvelopeVault(load_keys(sources)).seal(TOKENS, context=name)
            await registry.declare(Declared(name=OrganizationId(name), document=b"{}", sealed=sealed, changed_at=START))

        assert (await rotate(data_dir, killed_after=killed_after))[0] == -signal.SIGKILL

        assert [len(key_ids(each.sealed, context=each.name)) for each in await registry.declared()] == wraps
        assert await opened(registry, EnvelopeVault(load_keys(sources))) == NAMES
        status, said = await rotate(data_dir)
        new = load_keys(sources).current
        assert (status, said.partition(";")[0]) == (0, f"8 records are opened by the key {new.id} and no other")
        assert new != former
        assert await opened(registry, EnvelopeVault(load_keys(sources))) == NAMES
        assert {key_ids(each.sealed, context=each.name) for each in await registry.declared()} == {(new.id,)}
