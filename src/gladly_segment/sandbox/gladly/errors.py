"""Refusals, in the shapes of Gladly's errors (Gladly fact sheet)."""

from typing import Self

import msgspec
from msgspec import UNSET, UnsetType


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a merged customer went: one step, not the end of the chain."""

    old: str
    new: str


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One error: the field it is about, where there is one, a code and a sentence."""

    attr: str | UnsetType = UNSET
    code: str
    detail: str
    meta: Moved | UnsetType = UNSET


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every refusal: a list of errors, or one error bare, as for a missing customer."""

    errors: tuple[ErrorDetail, ...] | ErrorDetail


class RefusedError(Exception):
    """The request is answered with `status` and `body`."""

    def __init__(self, status: int, errors: tuple[ErrorDetail, ...] | ErrorDetail) -> None:
        super().__init__(status, errors)
        self.status = status
        self.body = ErrorBody(errors)

    @classmethod
    def invalid(cls, attr: str, detail: str, code: str = "invalid") -> Self:
        """400 about one field."""
        return cls(400, (ErrorDetail(attr=attr, code=code, detail=detail),))

    @classmethod
    def not_exist(cls, what: str) -> Self:
        """404 in the list form."""
        return cls(404, (ErrorDetail(code="not_exist", detail=f"{what} does not exist"),))

    @classmethod
    def no_customer(cls, customer_id: str) -> Self:
        """404 of a customer: the errors are one object, not a list."""
        detail = f"customer profile [{customer_id}] does not exist"
        return cls(404, ErrorDetail(code="not_exist", detail=detail))

    @classmethod
    def moved(cls, old: str, new: str) -> Self:
        """301 of a merged customer."""
        meta = Moved(old=old, new=new)
        return cls(
            301,
            (ErrorDetail(attr="customerId", code="moved", detail="customer id has changed", meta=meta),),
        )

    @classmethod
    def conflict(cls, attr: str, detail: str) -> Self:
        """409: the rules do not allow it now."""
        return cls(409, (ErrorDetail(attr=attr, code="invalid_state", detail=detail),))
