"""Sentences with moments in them, for pages that show each moment in its reader's zone."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gladly_segment.core.moments import parse_moment

_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)", re.ASCII)


def in_parts(sentence: str) -> Sequence[str | datetime]:
    """Cut a sentence where moments are, as `core/moments.py` writes them; together the parts say the same."""
    parts = [each for each in _MOMENT.split(sentence) if each]
    return [(parse_moment(each) or each) if _MOMENT.fullmatch(each) else each for each in parts]
