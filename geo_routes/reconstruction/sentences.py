"""Sentences of a report, and what the words around a place make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from geo_routes.dates import DateMention
from geo_routes.itinerary import Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon
from geo_routes.reconstruction.places import Mention

_SENTENCE_END = re.compile(r"(?<=[.!?…»”])\s+(?=[«“\"„(–—-]?\s?[^\W\d_a-zа-яёіїєґ])|\n+")
# "am 6. Mai": the full stop of a German ordinal ends no sentence.
_DAY_BEFORE = re.compile(r"\b\d{1,2}\.$")
_MONTH_AFTER = re.compile(
    r"(?:J[aä]n|Feb|März|April?|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*", re.IGNORECASE
)
_ABBREVIATION = re.compile(r"(?:^|\W)(?:[A-Z]|Mr|Mrs|Dr|St|No|ca|bzw|им|ул|г|стр|np|ul|U\.S)\.$")
_JOINED = re.compile(r"\W*(?:,|et|and|и|та|й|і|y|e|und|i|oraz|puis|then)?\W*")
_BREAK = re.compile(
    r"[;:]|\s[—–-]\s|\b(?:but|mais|но|але|pero|aber|ale|und(?= soll)|et(?= d(?:oi|ev)\w))\b"
)
_COMMA_COST, _BREAK_COST, _PLACE_COST, _AFTER_COST = 25, 90, 30, 25
_REACH = 260


class Role(StrEnum):
    """What a place is to a movement."""

    ORIGIN = "origin"
    DESTINATION = "destination"
    STOP = "stop"
    VIA = "via"


@dataclass(slots=True)
class Item:
    """A place in a sentence with its role, the status of its clause, and its date."""

    mention: Mention
    role: Role
    is_weak: bool
    status: Status = Status.REPORTED
    date: DateMention | None = None
    is_joined: bool = False


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


def read_items(
    text: str, span: tuple[int, int], here: list[Mention], lexicon: MovementLexicon
) -> list[Item]:
    """Give the places of one sentence their roles; places without one are left out."""
    sentence = text[span[0] : span[1]]
    verbs = _verbs(sentence, span[0], lexicon)
    items: list[Item] = []
    previous: Mention | None = None
    for mention in here:
        low = max(previous.end, span[0]) if previous else span[0]
        before = text[low : mention.start]
        if previous and items and items[-1].mention is previous and _JOINED.fullmatch(before):
            last = items[-1]
            item: Item | None = Item(mention, last.role, last.is_weak, last.status, is_joined=True)
        else:
            found = _role(before, lexicon) or _own_role(text, before, mention, lexicon)
            role = _settle(found, text, mention, verbs, here)
            item = Item(mention, *role) if role else None
            if item:
                item.status = _status(sentence, mention.start - span[0], lexicon)
        if item:
            items.append(item)
        previous = mention
    return items


def _verbs(sentence: str, offset: int, lexicon: MovementLexicon) -> list[tuple[str, int, int]]:
    return [
        (kind, match.start() + offset, match.end() + offset)
        for kind, pattern in (
            ("load", lexicon.load),
            ("depart", lexicon.depart),
            ("stay", lexicon.stay),
            ("arrive", lexicon.arrive),
            ("move", lexicon.move),
        )
        for match in pattern.finditer(sentence)
    ]


# A date between the verb and its place: "reached on 6 May X", "erreichte am 6. Mai X".
_DATE_BETWEEN = re.compile(
    r"(?:\b(?:am|on|le|el|del|dnia|w dniu)\s+)?\b\d{1,2}(?:\.|er|º|st|nd|rd|th)?\s+(?:de\s+)?"
    r"[^\W\d]{3,}\.?(?:\s+(?:de\s+)?\d{4})?\W*$",
    re.IGNORECASE,
)


def _role(before: str, lexicon: MovementLexicon) -> tuple[str, bool] | None:
    """Read the words just before a place; a bare "of" counts when nothing before it does."""
    tail = before[-80:]
    fallback: tuple[str, bool] | None = None
    for _ in range(6):
        for role, weak, pattern in lexicon.roles:
            if pattern.search(tail):
                if not (weak and role == "origin"):
                    return role, weak
                fallback = fallback or (role, weak)
        shorter = _DATE_BETWEEN.sub("", lexicon.fillers.sub("", tail))
        if shorter == tail:
            break
        tail = shorter
    return fallback


def _own_role(
    text: str, before: str, mention: Mention, lexicon: MovementLexicon
) -> tuple[str, bool] | None:
    """Read the words that a toponym itself begins with; a vague place is where something was."""
    words = [
        match.end() for match in re.finditer(r"\w['’]|\w+\s", text[mention.start : mention.end])
    ]
    for end in words[:3]:
        found = _role(before + text[mention.start : mention.start + end], lexicon)
        if found:
            return found
    return ("destination", True) if mention.feature == "region" else None


def _settle(
    found: tuple[str, bool] | None,
    text: str,
    mention: Mention,
    verbs: list[tuple[str, int, int]],
    here: list[Mention],
) -> tuple[Role, bool] | None:
    """A locative is an origin after "loaded", a stop after "anchored", an end after "arrived"."""
    verb = _nearest(text, mention, verbs, here)
    if found is None or not verbs:
        return None
    role, weak = found
    if weak and not verb:
        return None
    if role == "via":
        return (Role.STOP if verb == "stay" else Role.VIA), False
    if not weak:
        return Role(role), False
    if role == "origin":
        return (Role.ORIGIN, True) if verb in {"depart", "load", "move", "arrive"} else None
    settled = {
        "load": Role.ORIGIN,
        "depart": Role.ORIGIN,
        "stay": Role.STOP,
        "arrive": Role.DESTINATION,
        "move": Role.DESTINATION,
    }
    return settled[verb], True


def _nearest(
    text: str, mention: Mention, verbs: list[tuple[str, int, int]], here: list[Mention]
) -> str:
    best, kind_best = _REACH, ""
    for kind, start, end in verbs:
        is_before = start < mention.start
        gap = text[end : mention.start] if is_before else text[mention.end : start]
        cost = len(gap) + _COMMA_COST * gap.count(",") + (0 if is_before else _AFTER_COST)
        cost += _BREAK_COST * len(_BREAK.findall(gap)) + (1 if kind == "move" else 0)
        between = (end, mention.start) if is_before else (mention.end, start)
        cost += _PLACE_COST * sum(between[0] <= m.start < between[1] for m in here)
        if cost < best:
            best, kind_best = cost, kind
    return kind_best


def _status(sentence: str, position: int, lexicon: MovementLexicon) -> Status:
    """Take the last word of modality before a place in its part of the sentence, else after it."""
    breaks = [m.end() for m in _BREAK.finditer(sentence) if m.end() <= position]
    low = max(breaks, default=0)
    high = min((m.start() for m in _BREAK.finditer(sentence, position)), default=len(sentence))
    comma = sentence.find(",", position)
    high = min(high, comma if comma >= 0 else high)
    best: tuple[int, str] = (-1, "")
    for status, pattern in lexicon.statuses:
        for match in pattern.finditer(sentence, low, high):
            best = max(best, (match.start(), status))
    return Status(best[1]) if best[1] else Status.REPORTED


def give_dates(
    text: str,
    items: list[Item],
    dates: list[DateMention],
    span: tuple[int, int],
    lexicon: MovementLexicon,
) -> None:
    """Give each date of a sentence to a place, the nearest pairs first."""
    own = [
        date
        for date in dates
        if span[0] <= date.start < span[1] and not _dates_speech(text, date, span, lexicon)
    ]
    stops = [item for item in items if item.role is not Role.VIA]
    pairs = sorted(
        (_gap(text, item.mention, date), i, j)
        for i, item in enumerate(stops)
        for j, date in enumerate(own)
    )
    given: set[int] = set()
    for _, i, j in pairs:
        if stops[i].date is None and j not in given:
            stops[i].date = own[j]
            given.add(j)


def _dates_speech(
    text: str, mention: DateMention, span: tuple[int, int], lexicon: MovementLexicon
) -> bool:
    """Whether a date is that of a statement: "Washington revealed on Friday that"."""
    before = re.split(r"[,;:]", text[max(span[0], mention.start - 25) : mention.start])[-1]
    after = re.split(r"[,;:]", text[mention.end : min(span[1], mention.end + 45)].lstrip(" ,"))[0]
    moves = lexicon.move.search(before) or lexicon.move.search(after)
    return moves is None and bool(lexicon.say.search(before) or lexicon.say.search(after))


def _gap(text: str, place: Mention, date: DateMention) -> int:
    low, high = (place.end, date.start) if place.end <= date.start else (date.end, place.start)
    gap = text[low:high]
    return len(gap) + _COMMA_COST * gap.count(",") + _BREAK_COST * len(_BREAK.findall(gap))
