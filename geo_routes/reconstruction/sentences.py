"""Sentences of a report, and the dates that go with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from geo_routes.dates import DateMention
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.roles import Item, Role

_SENTENCE_END = re.compile(r"(?<=[.!?…»”])\s+(?=[«“\"„(–—-]?\s?[^\W\d_a-zа-яёіїєґ])|\n+")
# "am 6. Mai": the full stop of a German ordinal ends no sentence.
_DAY_BEFORE = re.compile(r"\b\d{1,2}\.$")
_MONTH_AFTER = re.compile(
    r"(?:J[aä]n|Feb|März|April?|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*", re.IGNORECASE
)
_ABBREVIATION = re.compile(r"(?:^|\W)(?:[A-Z]|Mr|Mrs|Dr|St|No|ca|bzw|им|ул|г|стр|np|ul|U\.S)\.$")

_MOVES = frozenset({"depart", "arrive", "load", "unload"})


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Go through the sentences of a text as spans."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        before = text[max(0, match.start() - 5) : match.start()]
        is_ordinal = _DAY_BEFORE.search(before) and _MONTH_AFTER.match(text, match.end())
        if is_ordinal or _ABBREVIATION.search(before):
            continue
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def give_dates(clause: Clause, items: list[Item], dates: list[DateMention]) -> None:
    """Give each date of a sentence to a place, the nearest pairs first."""
    own = [date for date in dates if clause.start <= date.start < clause.end]
    if not own:
        return
    stops = [item for item in items if item.role is not Role.VIA or not item.mention.is_passage]
    words = [_word(clause, date) for date in own]
    pairs = sorted(
        (_distance(clause, item, word), i, j)
        for i, item in enumerate(stops)
        for j, word in enumerate(words)
        if not _is_said(clause, word)
    )
    free = [e for e in clause.events if not any(e is item.event for item in items)]
    pairs = [
        (cost, i, j)
        for cost, i, j in pairs
        if not any(clause.cost(e.first, words[j]) < cost for e in free if e.kind in _MOVES)
    ]
    given: set[int] = set()
    for _, i, j in pairs:
        if stops[i].date is None and j not in given:
            stops[i].date = own[j]
            given.add(j)


def _word(clause: Clause, date: DateMention) -> int:
    return max((i for i, (start, _) in enumerate(clause.spans) if start <= date.start), default=0)


def _distance(clause: Clause, item: Item, word: int) -> float:
    near = clause.cost(item.word, word)
    return near if item.event is None else min(near, clause.cost(item.event.first, word) + 1)


def dates_speech(clause: Clause, date: DateMention) -> bool:
    """Whether a date is that of a statement: "Washington revealed on Friday that"."""
    return _is_said(clause, _word(clause, date))


def _is_said(clause: Clause, word: int) -> bool:
    """Whether a word of saying is nearer to a date than any movement."""
    said = [clause.cost(cue.first, word) for cue in clause.of_kind("say.")]
    moved = [
        min(clause.cost(event.first, word), clause.cost(event.last, word))
        for event in clause.events
    ]
    return bool(said) and min(said) < 12 and min(said) < min(moved, default=99.0)
