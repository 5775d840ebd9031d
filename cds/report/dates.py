"""One style for every date on the page; JSON keeps ISO 8601."""

from __future__ import annotations

import datetime
import re

from cds.report.wording import Sentences

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")


def written_date(text: str, say: Sentences) -> str:
    """An ISO date, with or without a time, as the catalogue writes dates; any other text as it is.

    >>> from cds.report.wording import sentences
    >>> written_date("2026-03-12T09:30:00Z", sentences("en")), written_date("spring 2026", sentences("en"))
    ('12 March 2026', 'spring 2026')
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return text
    try:
        day = datetime.date.fromisoformat(found[1])
    except ValueError:  # it only looks like a date
        return text
    month = say("date.months").split()[day.month - 1]
    return say("date.written", day=day.day, month=month, year=day.year)
