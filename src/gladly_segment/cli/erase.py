"""`gladly-segment erase`: take a customer's data out of the journal and the history, with a proof."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.ask import confirmed
from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Yes
from gladly_segment.cli.loop import run
from gladly_segment.config import load_settings
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import CustomerId, OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.ports.eraser import Erasure
from gladly_segment.ports.registry import Action
from gladly_segment.service.backfilling import backfilling
from gladly_segment.service.beside import clean_history, erasing, registering

_PERSON: Final = "person"
_WHAT: Final = "customer erased"

NOT_COVERED: Final = (
    "Gladly: delete the customer there first, or ask Gladly to.",
    "Segment: ask for deletion by userId, in the workspace under Privacy or with the deletion API, and so in its "
    "destinations.",
    "What was on its way to Segment at that very moment: a receipt's history tells if it was delivered all the same.",
    "Backups made earlier: after restoring one of them without the present journal beside it, erase again.",
)
"""Where a customer's data may be beside the journal."""


class ShownErasure(msgspec.Struct, frozen=True, rename="camel"):
    """The proof as JSON; `digest` is the one that is noted in the audit trail.

    `left_in_history` counts where the history still names a customer; null when it could not be cleaned.
    """

    complete: bool
    organization: str
    at: str
    customers: tuple[str, ...]
    receipts_looked_at: int
    emptied: int
    suppressed: int
    found_again: int
    remnants_in_files: int | None
    left_in_history: int | None
    digest: str
    not_covered: tuple[str, ...]


def erase_command(
    *,
    organization: Annotated[str, Parameter(help="The organization whose customer it is.")],
    customer: Annotated[str, Parameter(help="Gladly's id of the customer.")],
    yes: Yes = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Take everything that names a customer out of the journal, and keep it out. Works while the service runs.

    Customers merged with this one are named, and erased with it. What still waits ends as suppressed; what comes later
    is not kept. Prints a proof; exit status 1 when something is left.
    """
    if not customer.strip():
        raise InputError("no customer is named", hint="give --customer and Gladly's id of the customer")
    directory = data_dir or load_settings(config).data_dir
    proofs = run(_erase(directory, OrganizationId(organization), CustomerId(customer), yes=yes))
    if proofs is None:
        return 1
    shown = _shown(*proofs)
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
        sys.stdout.flush()
    else:
        _print(shown)
    return 0 if shown.complete else 1


async def _erase(
    directory: Path, organization: OrganizationId, customer: CustomerId, *, yes: bool
) -> tuple[Erasure, int | None] | None:
    async with erasing(directory) as eraser:
        merged = await eraser.merged_with(organization, customer)
        if not yes and not confirmed(_question(organization, customer, merged)):
            return None
        async with backfilling(directory) as backfills:
            await backfills.forget_customers(organization, (customer, *merged))
        proof = await eraser.erase(organization, (customer, *merged))
    async with registering(directory) as registry:
        await registry.note_action(
            Action(at=proof.at, organization=organization, by=_PERSON, what=_WHAT, detail=proof.digest)
        )
    return proof, await clean_history(directory, (customer, *merged))


def _question(organization: OrganizationId, customer: CustomerId, merged: Sequence[CustomerId]) -> str:
    also = f" and {', '.join(merged)}, merged with it," if merged else ""
    return f"Erase customer {customer}{also} of {organization} for good?"


def _shown(proof: Erasure, left_in_history: int | None) -> ShownErasure:
    former = tuple(f"The former journal in {each}: remove it once it is not needed." for each in proof.kept_beside)
    return ShownErasure(
        complete=proof.is_complete and left_in_history == 0,
        organization=proof.organization,
        at=format_moment(proof.at),
        customers=proof.customers,
        receipts_looked_at=proof.receipts_looked_at,
        emptied=proof.emptied,
        suppressed=proof.suppressed,
        found_again=proof.found_again,
        remnants_in_files=proof.remnants,
        left_in_history=left_in_history,
        digest=proof.digest,
        not_covered=(*NOT_COVERED, *former),
    )


def _print(shown: ShownErasure) -> None:
    console = Console(soft_wrap=True, highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    add_row(table, "organization", shown.organization)
    add_row(table, "erased at", shown.at)
    add_row(table, "customers, as digests", "\n".join(shown.customers))
    add_row(table, "receipts looked at", str(shown.receipts_looked_at))
    add_row(table, "emptied", str(shown.emptied))
    add_row(table, "suppressed, will not be sent", str(shown.suppressed))
    add_row(table, "found by a second look", str(shown.found_again))
    add_row(table, "remnants in the files", _number(shown.remnants_in_files))
    add_row(table, "left in the history", _number(shown.left_in_history))
    add_row(table, "digest of this proof", shown.digest)
    console.print(table)
    console.print(_verdict(shown), style="bold", markup=False)
    console.print("\nNot covered:")
    for each in shown.not_covered:
        console.print(f"- {each}", markup=False)


def _number(count: int | None) -> str:
    return "not known" if count is None else str(count)


def _verdict(shown: ShownErasure) -> str:
    if shown.complete:
        return "Erased: nothing in the journal, nor in the history made of it, names the customer any more."
    if shown.remnants_in_files is None:
        return (
            "Not complete: somebody reads the journal, a backup for example, and holds its log. Erase again after it."
        )
    if shown.left_in_history is None:
        return "Not complete: the history cannot be written anew, or somebody reads it. Erase again after it."
    return "Not complete: something is left. Erase again."
