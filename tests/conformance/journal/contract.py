"""Ties each case to the sentences of the port that it holds drivers to."""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

Case = TypeVar("Case", bound=Callable[..., Any])

CITED: Final[defaultdict[str, list[str]]] = defaultdict(list)
"""The sentences cited by each case, by its module and name."""


def holds_to(documented: object, *texts: str) -> Callable[[Case], Case]:
    """Say which sentences (or parts of one) of `documented`'s docstring a case holds drivers to."""
    sentences = sentences_of(documented)
    cited = [sentence for text in texts for sentence in sentences if text in sentence]
    if len(cited) != len(texts):
        raise ValueError(f"the contract does not say, or says more than once: {texts}")

    def cite(case: Case) -> Case:
        CITED[f"{case.__module__}.{case.__qualname__}"] += cited
        return case

    return cite


def sentences_of(documented: object) -> Sequence[str]:
    """Give the sentences of a docstring, each on one line."""
    text = " ".join((inspect.getdoc(documented) or "").split())
    return re.split(r"(?<=\.) (?=[A-Z`])", text)
