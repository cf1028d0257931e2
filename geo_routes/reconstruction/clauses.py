"""Words of a sentence with their cues: movement verbs, prepositions, status, mode."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from geo_routes.dates import DateMention
from geo_routes.itinerary import Mode, Status
from geo_routes.lexicons.movements_lexicon import Cue, MovementLexicon, fold_word, split_words
from geo_routes.reconstruction.places import Mention

_STRONG = frozenset(";—–()")
_PARTS = frozenset(",:")
_OPENING, _CLOSING, _LONGEST_NAME = frozenset('«„“"»'), frozenset('»”“"«'), 4
_QUOTES = frozenset("«»„“”\"'")
_COMMA_COST, _STRONG_COST, _PLACE_COST, _AFTER_COST = 4.0, 25.0, 5.0, 3.0
_NOUN_COST = 1.5
_AUXILIARY_REACH = 5
_SHORT = 4
_JOIN_COST = 6.0
_NOUN_AHEAD = 3
_LONGEST_PREPOSITION = 5
_KIND_COSTS = {"be": 6.0, "move": 0.6}
_REACH = 45.0
_MODE_REACH = 26.0
_HINT_COST = 10.0
_OTHER_COST = 6.0
_LATER_PART_COST = 14.0


@dataclass(slots=True)
class Event:
    """A verb or noun of movement in its sentence."""

    kind: str
    first: int
    last: int
    is_noun: bool = False
    is_future: bool = False


@dataclass(slots=True)
class Clause:
    """One sentence as words, with the cues found in it."""

    text: str
    start: int
    end: int
    spans: list[tuple[int, int]]
    words: list[str]
    anchors: dict[int, Mention]  # word index -> the place that the word stands for
    cues: list[Cue]
    events: list[Event] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)  # number of the part, by word
    strong: list[int] = field(default_factory=list)
    dated: set[int] = field(default_factory=set)  # words of a date, with their preposition
    by_tag: dict[str, list[Cue]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Cue]:
        """List the cues of a kind ("status.") or of one tag ("status.planned")."""
        if not self.by_tag:
            for cue in self.cues:
                head = cue.tag[: cue.tag.index(".") + 1]
                self.by_tag.setdefault(head, []).append(cue)
                self.by_tag.setdefault(cue.tag, []).append(cue)
            self.by_tag.setdefault("", [])
        return self.by_tag.get(kind, [])

    def cost(self, a: int, b: int) -> float:
        """Tell how far apart two words are, parts of the sentence and places counting more."""
        low, high = min(a, b), max(a, b)
        commas = self.segments[high] - self.segments[low]
        strong = self.strong[high] - self.strong[low]
        places = sum(low < i < high for i in self.anchors)
        return high - low + _COMMA_COST * commas + _STRONG_COST * strong + _PLACE_COST * places


def read_clause(
    text: str,
    span: tuple[int, int],
    here: list[Mention],
    dates: list[DateMention],
    lexicon: MovementLexicon,
) -> Clause:
    """Split a sentence into words, and find its cues and events."""
    spans = split_words(text, *span)
    words = [fold_word(text[a:b]) for a, b in spans]
    inside = _inside(spans, here)
    anchors: dict[int, Mention] = {}
    is_open = [True] * len(words)
    for mention, indexes in inside:
        anchor = indexes[0]
        # A description may begin with a word that says how the place is meant: "off X".
        if len(indexes) > 1 and _begins_with_preposition(words, anchor, lexicon):
            named = [i for i in indexes if text[spans[i][0]].isupper()]
            anchor = named[0] if named else indexes[-1]
        for i in indexes:
            is_open[i] = i < anchor
        anchors[anchor] = mention
    for i in _quoted_names(text, spans):
        is_open[i] = False
    cues = lexicon.find_cues(words, is_open)
    cues += _waters(words, anchors, lexicon)
    if lexicon.future_endings:
        cues += [
            Cue("status.planned", i, i)
            for i, word in enumerate(words)
            if is_open[i] and len(word) > _SHORT and lexicon.is_future(word)
        ]
    cues.sort(key=lambda cue: cue.first)
    clause = Clause(text, *span, spans, words, anchors, cues)
    clause.dated = _dated(clause, dates)
    _segment(clause)
    _find_events(clause)
    return clause


def _quoted_names(text: str, spans: list[tuple[int, int]]) -> list[int]:
    """Find the words of names in quotes, which are no cues: «Amber Star»."""
    found: list[int] = []
    for i, (a, _) in enumerate(spans):
        if text[a] not in _OPENING:
            continue
        for j in range(i + 1, min(i + _LONGEST_NAME + 2, len(spans))):
            if text[spans[j][0]] in _CLOSING:
                if text[spans[i + 1][0]].isupper():
                    found += range(i + 1, j)
                break
    return found


def _waters(words: list[str], anchors: dict[int, Mention], lexicon: MovementLexicon) -> list[Cue]:
    """Take a sea or a river that is named for a word of the mode."""
    found = []
    for i, mention in anchors.items():
        if mention.kind == "sea":
            inside = words[i : i + _LONGEST_NAME]
            own = lexicon.find_cues(inside, [True] * len(inside))
            is_inland = any(cue.tag.endswith(".inland_waterway") for cue in own)
            found.append(Cue("ways.inland_waterway" if is_inland else "ways.sea", i, i))
    return found


def _dated(clause: Clause, dates: list[DateMention]) -> set[int]:
    """Find the words of dates: "on 6 May"."""
    found: set[int] = set()
    for date in dates:
        if not clause.start <= date.start < clause.end:
            continue
        words = [i for i, (a, b) in enumerate(clause.spans) if b > date.start and a < date.end]
        before = [cue for cue in clause.of_kind("places.") if words and cue.last == words[0] - 1]
        found.update(words, *(range(cue.first, cue.last + 1) for cue in before))
    return found


def _inside(spans: list[tuple[int, int]], here: list[Mention]) -> list[tuple[Mention, list[int]]]:
    """Find the words of each place."""
    starts = [a for a, _ in spans]
    found = []
    for mention in here:
        first = max(0, bisect_right(starts, mention.start) - 1)
        last = bisect_right(starts, mention.end - 1)
        indexes = [i for i in range(first, last) if spans[i][1] > mention.start]
        if indexes:
            found.append((mention, indexes))
    return found


def _begins_with_preposition(words: list[str], at: int, lexicon: MovementLexicon) -> bool:
    head = words[at : at + _LONGEST_PREPOSITION]
    cues = lexicon.find_cues(head, [True] * len(head))
    return any(cue.first == 0 and cue.tag.startswith("places.") for cue in cues)


def _segment(clause: Clause) -> None:
    """Number the parts between commas, and those between stronger breaks."""
    breaks = {cue.first for cue in clause.of_kind("order.but")}
    segment = strong = 0
    for i, word in enumerate(clause.words):
        if i in breaks:
            segment, strong = segment + 1, strong + 1
        clause.segments.append(segment)
        clause.strong.append(strong)
        if word in _PARTS:
            segment += 1
        elif word in _STRONG and clause.spans[i][1] - clause.spans[i][0] == 1:
            segment, strong = segment + 1, strong + 1


def _find_events(clause: Clause) -> None:
    for cue in clause.of_kind("events."):
        kind = cue.tag.partition(".")[2]
        is_future = kind.startswith("will_")
        is_noun = kind.startswith("noun_")
        kind = kind.removeprefix("will_").removeprefix("noun_")
        if kind == "none":
            continue  # "non-stop" is no stop
        clause.events.append(Event(kind, cue.first, cue.last, is_noun, is_future))
    clause.events = [e for e in clause.events if e.kind != "be" or not _is_auxiliary(clause, e)]


def _is_auxiliary(clause: Clause, event: Event) -> bool:
    """Whether an "is" or "was" only goes with another verb: "was carried", "the call is due"."""
    return any(
        -_AUXILIARY_REACH < other.first - event.first <= _AUXILIARY_REACH
        and other.kind != "be"
        and clause.segments[other.first] == clause.segments[event.first]
        for other in clause.events
    )


def nearest_event(clause: Clause, place: int, lexicon: MovementLexicon) -> Event | None:
    """Find the movement word that a place goes with."""
    best, found = _REACH, None
    joins = [cue.first for cue in clause.of_kind("joins.and")]
    for event in clause.events:
        is_before = event.first < place
        if clause.strong[event.first] != clause.strong[place]:
            continue
        if event.is_noun and not is_before and event.first - place > _NOUN_AHEAD:
            continue
        cost = clause.cost(event.last if is_before else event.first, place)
        if not is_before and "verb_last" not in lexicon.traits:
            cost += _AFTER_COST
        if not is_before and clause.segments[event.first] != clause.segments[place]:
            cost += 2 * _AFTER_COST
        if not is_before and any(place < i < event.first for i in joins):
            cost += _JOIN_COST
        cost += _NOUN_COST * event.is_noun + _KIND_COSTS.get(event.kind, 0.0)
        if cost < best:
            best, found = cost, event
    return found


def event_status(
    clause: Clause, event: Event | None, place: int, *, is_goal: bool = False
) -> Status:
    """Tell whether a movement is told as done, planned, possible, past or denied."""
    at = event.first if event is not None else place
    low, high = min(at, place), max(event.last if event else place, place)
    cues = clause.of_kind("status.")
    own = [
        cue
        for cue in cues
        if (is_goal or clause.segments[cue.first] >= _reach_back(clause, low))
        and clause.strong[cue.first] == clause.strong[at]
        and cue.first <= high
        and not _is_far_negation(clause, cue, event)
    ]
    own += [cue for cue in cues if cue not in own and _is_aside(clause, cue, at)]
    own = [cue for cue in own if cue.tag != "status.werden" or _is_infinitive(clause, event)]
    if event is not None and event.is_future:
        hard = [cue for cue in own if cue.tag in {"status.possible", "status.denied"}]
        return Status(hard[-1].tag.partition(".")[2]) if hard else Status.PLANNED
    if own:
        best = _best(own)
        name = best.tag.partition(".")[2]
        if name == "planned" and any(
            cue.tag == "status.no" and cue.last == best.first - 1 for cue in cues
        ):
            return Status.DENIED  # "no call at X is planned"
        return Status({"no": "denied", "werden": "planned"}.get(name, name))
    if any(cue.tag == "status.past" and cue.first < at for cue in cues):
        return Status.PAST
    after = [
        cue
        for cue in clause.of_kind("afterwards.")
        if cue.first > high
        and _is_same_or_relative(clause, clause.segments[high], clause.segments[cue.first])
        and not any(
            high < e.first and clause.segments[e.first] == clause.segments[high]
            for e in clause.events
        )
    ]
    if not after:
        return Status.REPORTED
    is_negated = any(cue.tag == "status.no" and cue.last == after[0].first - 1 for cue in cues)
    return Status.DENIED if is_negated else Status.PLANNED


def _best(cues: list[Cue]) -> Cue:
    """Denial outweighs; else the last word counts."""
    denials = [cue for cue in cues if cue.tag in {"status.denied"}]
    return denials[-1] if denials else cues[-1]


def _is_aside(clause: Clause, cue: Cue, at: int) -> bool:
    """Whether a word of status stands alone between commas just before: "part, perhaps, went"."""
    segment = clause.segments[cue.first]
    if cue.tag != "status.possible" or not 0 < clause.segments[at] - segment <= 1:
        return False
    size = sum(number == segment for number in clause.segments)
    return size <= cue.last - cue.first + 2


def _is_same_or_relative(clause: Clause, one: int, other: int) -> bool:
    """Whether a part is the same as another, or a relative clause right after it."""
    if one == other:
        return True
    first = clause.segments.index(other)
    return other == one + 1 and any(cue.first == first for cue in clause.of_kind("pointers.which"))


def _is_infinitive(clause: Clause, event: Event | None) -> bool:
    """Whether a German "wird" stands with an infinitive, not with a participle."""
    if event is None:
        return True
    word = clause.words[event.first]
    return word.endswith("n") and "ge" not in word[:-4] and not word.endswith("aden")


def _is_far_negation(clause: Clause, cue: Cue, event: Event | None) -> bool:
    """A "not" counts only beside the verb of movement."""
    if cue.tag != "status.no":
        return False
    if event is None:
        return True
    gap = event.first - cue.last
    return not 0 <= gap <= 3 or clause.segments[cue.first] != clause.segments[event.first]


def _reach_back(clause: Clause, word: int) -> int:
    """Find the first part of a sentence whose words of status still hold at a word."""
    segment = clause.segments[word]
    if _is_linked(clause, segment):
        return next(
            clause.segments[i] for i, n in enumerate(clause.strong) if n == clause.strong[word]
        )
    while segment and not any(clause.segments[e.first] == segment for e in clause.events):
        segment -= 1
    return segment


def _is_linked(clause: Clause, segment: int) -> bool:
    """Whether a part of a sentence begins with "and", "then" or the like."""
    first = next((i for i, number in enumerate(clause.segments) if number == segment), 0)
    return any(
        first <= cue.first < first + 2
        for cue in clause.cues
        if cue.tag.startswith(("order.onward", "order.before", "joins."))
    )


def event_mode(clause: Clause, event: Event | None, place: int) -> Mode | None:
    """Take the mode word nearest to a movement and its place."""
    best, found = _MODE_REACH, None
    at = event.first if event is not None else place
    for cue in clause.cues:
        kind, _, mode = cue.tag.partition(".")
        if kind not in {"ways", "carriers", "hints"} or mode == "any":
            continue
        cost = min(clause.cost(cue.first, at), clause.cost(cue.first, place) + 1)
        if event is not None and event.first <= cue.first <= event.last:
            cost = 1.5
        is_after = cue.first > max(at, place) or _is_of(clause, cue)
        cost += (4 if kind == "carriers" else 1.5) * is_after - 2 * (kind == "ways")
        if kind == "hints":
            cost += _HINT_COST
        if event is not None and _is_of_other(clause, cue, event):
            cost += _OTHER_COST
        if is_after and clause.segments[cue.first] != clause.segments[max(at, place)]:
            cost += _LATER_PART_COST
        if clause.strong[cue.first] != clause.strong[at]:
            cost += _STRONG_COST
        if cost < best:
            best, found = cost, Mode(mode)
    return found


def _is_of_other(clause: Clause, cue: Cue, event: Event) -> bool:
    """Whether a word of the mode stands nearer to another movement that follows."""
    own = clause.cost(cue.first, event.first)
    return cue.first > event.last and any(
        other.first > event.last and clause.cost(cue.first, other.first) < own
        for other in clause.events
        if other is not event and other.kind != "be"
    )


def _is_of(clause: Clause, cue: Cue) -> bool:
    """Whether a vehicle only tells of which: "beside the ships"."""
    before = {c.last for c in clause.of_kind("places.of")}
    fillers = {c.first for c in clause.of_kind("fillers.")}
    at = cue.first - 1
    while at in fillers and at not in before:
        at -= 1
    return at in before


def is_quote(word: str) -> bool:
    """Tell whether a sign only quotes."""
    return word in _QUOTES


NUMBER = re.compile(r"\d[\d.,]*")
