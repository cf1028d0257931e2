"""What each place of a sentence is to its movement: origin, destination, stop, passage."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from geo_routes.dates import DateMention
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Mode, Status
from geo_routes.lexicons.movements_lexicon import Cue, MovementLexicon
from geo_routes.reconstruction.clauses import (
    NUMBER,
    Clause,
    Event,
    event_mode,
    event_status,
    is_quote,
    nearest_event,
)
from geo_routes.reconstruction.places import Mention

_STEPS = 8
_UNKNOWN_WORDS = 3
_DISTANCE_WORDS = 2
_NEAR_WORDS = 5
_SUBJECT_WORDS = 14
_CARRIER_WORDS = 4
_LEAD_WORDS = 5
_LEAVES = frozenset({"load", "depart", "build"})
_STAYS = frozenset({"arrive", "unload", "stay", "call", "be"})


_SITUATING = frozenset({"places.in", "places.to_in", "places.near", "places.off"})
_WIDER = frozenset({"admin1", "region", "country"})
_CLOSE_KM = 80.0
_SOURCE_WORDS = 5
_NAME_LETTERS = 24
_NAME_BEFORE = re.compile(
    r"(?<=[\w»«„\"'] )[A-ZÀ-ÖØ-Þ][^\W\d_]{2,} (?:d[’']|de |del |di |du )$|[«„\"][A-ZÀ-Þ][^\W\d_]+ $"
)
_NAME_AFTER = re.compile(r"[ \xa0][A-ZÀ-ÖØ-ÞА-ЯЁЇІЄҐŁŚŻŹĆŃ][^\W\d_]{2,}")
_DASHES = frozenset({"–", "—", "→", "->", "—>", "-"})


class Role(StrEnum):
    """What a place is to a movement."""

    ORIGIN = "origin"
    DESTINATION = "destination"
    AT = "at"
    VIA = "via"


@dataclass(slots=True)
class Item:
    """A place in a sentence with its role and what its clause says of the movement."""

    mention: Mention
    role: Role
    word: int
    event: Event | None = None
    status: Status = Status.REPORTED
    mode: Mode | None = None
    date: DateMention | None = None
    is_joined: bool = False
    is_pointed: bool = False  # an adverb such as "there" stands for the place
    is_weak: bool = False
    is_goal: bool = False  # it was only heading there
    is_source: bool = False  # where the cargo is from, not where a vehicle left
    is_passed: bool = False  # gone by without a call
    is_parallel: bool = False  # told of another vehicle in the same sentence

    @property
    def is_bound(self) -> bool:
        """Whether a vehicle is told to have left for here, not to have arrived."""
        return self.role is Role.DESTINATION and (
            self.event is not None and self.event.kind == "depart"
        )


@dataclass(slots=True)
class _Context:
    clause: Clause
    lexicon: MovementLexicon
    before: tuple[Mention | None, Mention | None]  # named last, and reached last
    prepositions: dict[int, Cue]  # by last word
    sites: set[int]
    fillers: set[int]
    objects: dict[int, Cue]
    cargo: set[int]
    event_words: set[int]
    units: set[int]
    ways: set[int]
    seats: set[int]
    people: set[int]
    named: set[int]  # words of places

    def anchors_before(self, word: int) -> set[int]:
        """List the words of places before a word."""
        return {i for i in self.clause.anchors if i < word}


def read_items(
    clause: Clause, before: tuple[Mention | None, Mention | None], lexicon: MovementLexicon
) -> list[Item]:
    """Give the places of a sentence their roles; places without one are left out."""
    context = _context(clause, before, lexicon)
    points = _pointers(context)
    items: list[Item] = []
    for word in sorted({*clause.anchors, *points}):
        if word in points:
            items += _point(context, items, word, points[word])
        elif (item := _place(context, items, word)) is not None:
            items.append(item)
    return [item for item in items if not _is_ahead(item, items)]


def _is_ahead(item: Item, items: list[Item]) -> bool:
    """Whether a "there" only points ahead to a place named with the same verb."""
    return item.is_pointed and any(
        other.event is item.event and not other.is_pointed and other.role is item.role
        for other in items
    )


def _context(clause: Clause, before: tuple[Mention | None, Mention | None], lexicon: MovementLexicon) -> _Context:
    sites = {i for cue in clause.of_kind("sites.") for i in range(cue.first, cue.last + 1)}
    # "by road" tells the way, "on 6 May" the time: neither situates a place.
    aside = clause.dated | {
        i
        for cue in clause.of_kind("ways.")
        if cue.last > cue.first and cue.last not in sites
        for i in range(cue.first, cue.last + 1)
    }
    return _Context(
        clause=clause,
        lexicon=lexicon,
        before=before,
        prepositions={cue.last: cue for cue in clause.of_kind("places.") if cue.first not in aside},
        sites=sites,
        fillers=clause.dated
        | {i for cue in clause.of_kind("fillers.") for i in range(cue.first, cue.last + 1)},
        cargo={i for cue in clause.of_kind("cargo.") for i in range(cue.first, cue.last + 1)},
        objects={cue.last: cue for cue in clause.of_kind("objects.")},
        event_words={i for event in clause.events for i in range(event.first, event.last + 1)},
        units={i for cue in clause.of_kind("units.") for i in range(cue.first, cue.last + 1)},
        named={
            i
            for word, mention in clause.anchors.items()
            for i in range(word, len(clause.spans))
            if clause.spans[i][0] < mention.end
        },
        seats={cue.first for cue in clause.of_kind("seats.")},
        people={
            cue.last for cue in clause.cues if cue.tag.startswith(("people.", "sources."))
        },
        ways={
            cue.first
            for cue in clause.cues
            if cue.tag.startswith(("ways.", "carriers.")) and cue.tag != "carriers.any"
        },
    )


def _pointers(context: _Context) -> dict[int, Cue]:
    """Find the words that stand for a place named before."""
    cues = context.clause.of_kind("pointers.")
    return {cue.first: cue for cue in cues if cue.tag != "pointers.none"}


def _point(context: _Context, items: list[Item], word: int, cue: Cue) -> list[Item]:
    """Read "where", "from there" and the like as the place named before."""
    clause, kind = context.clause, cue.tag.partition(".")[2]
    is_relative = kind in {"where", "whence", "whither", "which"}
    used: list[Item] = []
    named: list[int] = []
    if is_relative:
        named = [
            i for i in clause.anchors if i < word and clause.strong[i] == clause.strong[word]
        ]
        if not named or (kind == "which" and not _opens_relative(context, word, named[-1])):
            return []
        used = [item for item in items if item.word < word]
        mention = used[-1].mention if used and kind != "which" else clause.anchors[named[-1]]
    else:
        mention = items[-1].mention if items else context.before[kind != "there"]
    if mention is None:
        return []
    if kind == "there" and not any(
        clause.segments[e.first] == clause.segments[word] for e in clause.events
    ):
        return []
    event = _event_after(clause, word) or nearest_event(clause, word, context.lexicon)
    if event is None or (kind in {"where", "there"} and event.kind == "be"):
        return []
    if kind in {"whence", "thence"}:
        role = Role.ORIGIN
    elif kind in {"whither", "thither"}:
        role = Role.DESTINATION
    elif kind == "which":
        after = [c for last, c in context.objects.items() if word < c.first <= word + 7]
        if not after:
            return []
        role = _object_role(after[0])
        event = next((e for e in clause.events if e.first == after[0].first), event)
    else:
        role = _located(event)
    stands_for = replace(mention, start=clause.spans[word][0], end=clause.spans[cue.last][1])
    item = _item(context, stands_for, role, word, event, is_pointed=True)
    if kind != "where" or used:
        return [item]
    return _expand(context, item, named)


def _expand(context: _Context, item: Item, named: list[int]) -> list[Item]:
    """Let "where" stand for all places of a list: "X, Y and Z, where ..."."""
    first = len(named) - 1
    while first and _is_list(context, named[first - 1], named[first]):
        first -= 1
    mentions = [context.clause.anchors[i] for i in named[first:]]
    if len(mentions) < 2:
        return [item]
    role = Role.DESTINATION if item.role is Role.AT else item.role
    return [
        replace(item, mention=mention, role=role, is_joined=number > 0)
        for number, mention in enumerate(mentions)
    ]


def _is_list(context: _Context, one: int, other: int) -> bool:
    """Whether only commas, "and" and articles stand between two places."""
    clause = context.clause
    ands = {c.first for c in clause.of_kind("joins.")}
    mention = clause.anchors[one]
    return all(
        i in ands or clause.words[i] == "," or i in context.fillers
        for i in range(one + 1, other)
        if clause.spans[i][0] >= mention.end
    )




def _opens_relative(context: _Context, word: int, place: int) -> bool:
    """Whether a pronoun follows a comma or its place: "X, which it left"."""
    clause = context.clause
    return clause.words[word - 1] == "," or (
        clause.spans[word - 1][1] <= clause.anchors[place].end
    )


def _event_after(clause: Clause, word: int) -> Event | None:
    return next(
        (e for e in clause.events if e.first > word and clause.strong[e.first] == clause.strong[word]
         and clause.segments[e.first] - clause.segments[word] <= 1),
        None,
    )


def _place(context: _Context, items: list[Item], word: int) -> Item | None:
    """Read one named place."""
    clause = context.clause
    mention = clause.anchors[word]
    joined = _joined(context, items, word)
    if joined is not None and _is_between(context, joined):
        return replace(joined, mention=mention, word=word, role=Role.DESTINATION)
    if joined is not None:
        return replace(joined, mention=mention, word=word, is_joined=True, is_weak=joined.is_weak)
    if (
        _situates(context, word)
        or _names_source(context, word)
        or _is_of_name(context, word)
    ):
        return None
    found = _preposition(context, word)
    if _is_named_goal(context, word):
        goal = _item(context, mention, Role.DESTINATION, word, None, is_goal=True)
        return replace(goal, status=Status.PLANNED)
    if found is None:
        return _subject(context, word)
    kind, at, is_inner = found
    if kind == "apposition":
        return None
    event = nearest_event(clause, word, context.lexicon)
    if event is not None and _is_of_person(context, event):
        return None
    if mention.is_country and kind not in {"origin", "goal"} and not _has_carrier(context, word):
        return None
    role, is_weak = _settle(context, kind, event, at, word)
    if role is None:
        return None
    item = _item(context, mention, role, word, event, is_goal=kind == "goal")
    item.is_weak = is_weak or is_inner
    item.is_passed = role is Role.VIA and (
        kind in {"object.pass", "past"} or mention.kind not in {"city", "port", "station"}
    )
    return item


def _situates(context: _Context, word: int) -> bool:
    """Whether a place only tells where the one just before lies: "X, in Y", "X near Y"."""
    clause = context.clause
    named = [i for i in clause.anchors if i < word]
    if not named:
        return False
    one, other = clause.anchors[named[-1]], clause.anchors[word]
    if clause.strong[named[-1]] != clause.strong[word]:
        return False
    rest = [
        i
        for i in range(named[-1] + 1, word)
        if clause.spans[i][0] >= one.end and not is_quote(clause.words[i])
    ]
    cues = [context.prepositions[i] for i in rest if i in context.prepositions]
    if len(cues) != 1 or cues[0].tag not in _SITUATING:
        return False
    own = set(range(cues[0].first, cues[0].last + 1))
    if any(
        i not in own
        and i not in context.fillers
        and i not in context.sites
        and i not in context.units
        and clause.words[i] not in {",", "-"}
        for i in rest
    ):
        return False
    if cues[0].tag == "places.near":
        return True
    has_comma = any(clause.words[i] == "," for i in rest)
    is_within = one.country == other.country and (other.is_country or other.kind in _WIDER)
    if cues[0].tag == "places.in":
        return is_within or has_comma or _are_close(one, other)
    return is_within or (has_comma and _are_close(one, other))


def _are_close(one: Mention, other: Mention) -> bool:
    return distance_km(one.point, other.point) < _CLOSE_KM


def _is_of_name(context: _Context, word: int) -> bool:
    """Whether a place is the first word of another name: "the Valparaíso Express"."""
    clause = context.clause
    mention = clause.anchors[word]
    if context.lexicon.lang not in {"en", "de"} and _NAME_BEFORE.search(
        clause.text, max(clause.start + 1, mention.start - _NAME_LETTERS), mention.start
    ):
        return True  # "the Ville d'Oran"
    end = mention.end
    following = next((i for i, (a, _) in enumerate(clause.spans) if a >= end), None)
    if following in context.people and context.lexicon.lang == "en":
        return True  # "a California company"
    if "verb_last" in context.lexicon.traits:
        return False  # German writes every noun so
    if _NAME_AFTER.match(clause.text, end) is None:
        return False
    return following is not None and following not in context.sites | set(clause.anchors)


def _names_source(context: _Context, word: int) -> bool:
    """Whether a place is a seat or a home: "a firm based in X", "a driver from X"."""
    clause = context.clause
    low = word - 1
    while low >= 0 and word - low <= _SOURCE_WORDS and clause.words[low] not in {",", ";", ":"}:
        if low in context.seats:
            return True
        if low in context.people and low + 1 in {cue.first for cue in context.prepositions.values()}:
            return True
        if low in context.anchors_before(word):
            return False
        low -= 1
    return False


def _is_named_goal(context: _Context, word: int) -> bool:
    """Whether words after a place call it the destination: "gave X as its destination"."""
    clause = context.clause
    mention = clause.anchors[word]
    if context.lexicon.lang not in {"en", "de"} and _NAME_BEFORE.search(
        clause.text, max(clause.start + 1, mention.start - _NAME_LETTERS), mention.start
    ):
        return True  # "the Ville d'Oran"
    end = mention.end
    following = next((i for i in range(word, len(clause.spans)) if clause.spans[i][0] >= end), -1)
    return any(cue.first == following for cue in clause.of_kind("after."))


def _subject(context: _Context, word: int) -> Item | None:
    """Take a country that sends for an origin, a place that receives for a destination."""
    clause = context.clause
    mention = clause.anchors[word]
    event_words = [c.first for c in clause.cues if c.tag.startswith(("gives.", "receives."))]
    first = next((i for i in event_words if i > word), None)
    if first is None or clause.strong[first] != clause.strong[word] or first - word > _SUBJECT_WORDS:
        return None
    if any(i in clause.anchors for i in range(word + 1, first)):
        return None
    event = next((e for e in clause.events if e.first >= first), None)
    if any(cue.first == first for cue in clause.of_kind("receives.")):
        named = _has_carrier(context, word) or len(clause.anchors) > 1
        arrival = Event("arrive", first, first)
        return _item(context, mention, Role.DESTINATION, word, arrival) if named else None
    if not mention.is_country or event is None or event.first != first:
        return None
    return _item(context, mention, Role.ORIGIN, word, event)


def _is_between(context: _Context, item: Item) -> bool:
    """Whether a place is the first of "between X and Y"."""
    found = _preposition(context, item.word)
    return found is not None and found[0] == "between" and item.role is Role.ORIGIN


def _item(
    context: _Context,
    mention: Mention,
    role: Role,
    word: int,
    event: Event | None,
    *,
    is_pointed: bool = False,
    is_goal: bool = False,
) -> Item:
    return Item(
        mention,
        role,
        word,
        event,
        status=event_status(context.clause, event, word, is_goal=is_goal),
        mode=event_mode(context.clause, event, word),
        is_pointed=is_pointed,
        is_goal=is_goal or (event is not None and event.kind == "approach"),
        is_source=role is Role.ORIGIN and (event is None or event.kind == "be"),
    )


def _joined(context: _Context, items: list[Item], word: int) -> Item | None:
    """Find the item that a place continues: "to X and Y", "X, Y and Z"."""
    clause = context.clause
    named = [i for i in clause.anchors if i < word]
    if not named or not items or items[-1].word != named[-1] or items[-1].is_pointed:
        return None
    between = range(named[-1] + 1, word)
    ands = {c.first for c in clause.of_kind("joins.")}
    mention = clause.anchors[named[-1]]
    rest = [
        i
        for i in between
        if mention.end <= clause.spans[i][0] < clause.anchors[word].start
        and i not in context.fillers
        and not is_quote(clause.words[i])
    ]
    if not rest or any(i not in ands and clause.words[i] != "," for i in rest):
        return None
    if all(clause.words[i] == "," for i in rest) and not _list_goes_on(context, word):
        return None
    return items[-1]


def _list_goes_on(context: _Context, word: int) -> bool:
    """Whether an "and" with another place follows a place in a list."""
    clause = context.clause
    following = [i for i in clause.anchors if i > word]
    if not following:
        return False
    between = range(word + 1, following[0])
    ands = {c.first for c in clause.of_kind("joins.")}
    mention = clause.anchors[word]
    rest = [i for i in between if clause.spans[i][0] >= mention.end and i not in context.fillers]
    return bool(rest) and all(i in ands or clause.words[i] == "," for i in rest)


def _preposition(context: _Context, word: int) -> tuple[str, int, bool] | None:
    """Walk back from a place to the preposition or verb that governs it."""
    clause, i, unknown, is_inner = context.clause, word - 1, 0, False
    site_seen = way_seen = False
    if word in clause.anchors and (label := _label(context, word)) is not None:
        return label
    for _ in range(_STEPS):
        if i < 0:
            return None
        if i in clause.anchors and i != word:
            return None if not site_seen else ("", i, is_inner)
        if i in context.prepositions:
            cue = context.prepositions[i]
            kind = cue.tag.partition(".")[2]
            if way_seen and kind == "via":
                i, way_seen = cue.first - 1, False  # "by canal to X"
                continue
            inside = kind in {"of", "in", "near", "off", "to_in"}
            before = cue.first - 1
            while before in context.fillers and before not in context.sites:
                before -= 1
            is_described = word in clause.anchors and (
                clause.anchors[word].start <= clause.spans[max(before, 0)][0]
            )
            if inside and before >= 0 and (before in context.sites or is_described):
                outer = _preposition(context, before)
                if outer is not None and outer[0] not in {"", "apposition"}:
                    return outer[0], outer[1], True
                if kind == "of":
                    return None
            elif (
                inside
                and kind != "off"
                and before >= 0
                and before not in context.named
                and clause.words[before].isalpha()
            ):
                # "to a shed in X", "from the workshop of X", whatever the noun
                outer = None if before in context.event_words else _preposition(context, before)
                if outer is not None and outer[0] in {"to", "origin", "goal"}:
                    return outer[0], outer[1], True
            if kind in {"of", "near", "in"} and _measures(context, cue):
                return None
            return kind, cue.first, is_inner
        if i in context.objects:
            return "object." + context.objects[i].tag.partition(".")[2], i, is_inner
        if i in context.event_words:
            return None
        token = clause.words[i]
        if i in context.people:
            return None  # "by the firm X"
        way_seen = way_seen or i in context.ways
        if i in context.sites:
            site_seen = True
        elif is_quote(token) or i in context.fillers:
            pass
        elif token.isalpha() or NUMBER.fullmatch(token) or "-" in token or "'" in token:
            unknown += 1
            if unknown > _UNKNOWN_WORDS:
                return None
        elif token != "." or i not in clause.dated:
            return None
        i -= 1
    return None


def _label(context: _Context, word: int) -> tuple[str, int, bool] | None:
    """Read a form or a table: "Destination: X", and "X – Y" as a route."""
    clause = context.clause
    for i in (word - 1, word - 2):
        if i > 0 and clause.words[i] == ":":
            cue = next((c for c in clause.of_kind("labels.") if c.last == i - 1), None)
            if cue is not None and (cue.first < 3 or clause.words[cue.first - 1] in {",", ";"}):
                return "label." + cue.tag.partition(".")[2], cue.first, False
    if _has_dash(clause, word, before=True):
        return "label.destination", word, False
    if _has_dash(clause, word, before=False):
        return "label.origin", word, False
    return None


def _has_dash(clause: Clause, word: int, *, before: bool) -> bool:
    """Whether a dash or an arrow alone stands between a place and the one beside it."""
    beside = [i for i in clause.anchors if (i < word) is before and i != word]
    if not beside:
        return False
    one, other = (max(beside), word) if before else (word, min(beside))
    end, start = clause.anchors[one].end, clause.anchors[other].start
    return clause.text[end:start].strip() in _DASHES


def _measures(context: _Context, cue: Cue) -> bool:
    """Whether a preposition only measures a distance: "200 km from X", "north of X"."""
    return any(i in context.units for i in range(max(0, cue.first - _DISTANCE_WORDS), cue.first))


def _object_role(cue: Cue) -> Role:
    kind = cue.tag.partition(".")[2]
    if kind == "pass":
        return Role.VIA
    return Role.ORIGIN if kind == "depart" else Role.DESTINATION


def _located(event: Event) -> Role:
    return Role.ORIGIN if event.kind in _LEAVES else Role.AT


def _settle(
    context: _Context, kind: str, event: Event | None, at: int, word: int
) -> tuple[Role | None, bool]:
    """Decide the role from the preposition and the verb."""
    clause = context.clause
    if kind.startswith("label."):
        return Role(kind.partition(".")[2]), True
    if kind.startswith("object."):
        return _object_role(context.objects[at]), False
    if kind == "origin" and _is_measured(context, at):
        return None, False
    if kind in {"origin", "of"} and event is not None and _is_far_ahead(context, event, at):
        return None, False
    if kind in {"origin", "to"} and event is None and not _is_of_carrier(context, at):
        return None, False
    if _is_negated(context, at) or (kind == "origin" and _is_with(context, at, word)):
        return None, False
    if kind == "origin":
        return Role.ORIGIN, event is None
    if kind == "for":
        # "Aid for X" tells no movement to X: a verb of movement must stand before it.
        is_moved = (
            event is not None
            and event.kind in {"depart", "move", "load"}
            and event.first < word
            and (clause.segments[event.first] == clause.segments[word] or at - 1 in context.cargo)
        )
        return (Role.DESTINATION, True) if is_moved else (None, False)
    if kind == "between":
        is_way = event is not None and event.kind == "move" and _list_goes_on(context, word)
        if is_way:
            return Role.ORIGIN, True
        kind = "in"
    if kind in {"to", "goal"}:
        return Role.DESTINATION, event is None
    if kind == "via" and clause.anchors[word].is_country and event and event.is_noun:
        return None, False  # "delivery by X" names who delivers
    if kind in {"via", "past"}:
        return (Role.VIA, False) if event else (None, False)
    if event is None and kind == "to_in" and _follows_origin(context, word):
        return Role.DESTINATION, True
    if event is None:
        return None, False
    if kind == "of" and at - 1 in context.cargo and event.kind in {"move", "arrive"}:
        return Role.ORIGIN, True  # "brought a cargo of the X works to"
    if kind == "of":
        is_leaving = clause.segments[at] == clause.segments[event.last] and (
            event.first < at <= event.last + {"depart": 9, "move": 3}.get(event.kind, 0)
            or (event.kind in {"depart", "move", "arrive"} and _leads_on(context, word))
            or (event.kind in {"depart", "move"} and "verb_last" in context.lexicon.traits)
        )
        return (Role.ORIGIN, True) if is_leaving else (None, False)
    return _settle_in(context, kind, event, word)


def _follows_origin(context: _Context, word: int) -> bool:
    """Whether a place of origin stands just before: "from X by ferry to Y"."""
    clause = context.clause
    named = [i for i in clause.anchors if i < word]
    if not named or clause.segments[named[-1]] != clause.segments[word]:
        return False
    found = _preposition(context, named[-1])
    return found is not None and found[0] == "origin"


def _leads_on(context: _Context, word: int) -> bool:
    """Whether another place follows as the destination: "de X à Y", "von X nach Y"."""
    clause = context.clause
    following = [i for i in clause.anchors if i > word]
    if not following or clause.segments[following[0]] != clause.segments[word]:
        return False
    found = _preposition(context, following[0])
    return found is not None and (
        found[0] in {"to", "to_in", "goal", "for"} and found[1] > word
    )


def _settle_in(
    context: _Context, kind: str, event: Event, word: int
) -> tuple[Role | None, bool]:
    """Decide between origin, destination and stop for "in", "at", "near", "off"."""
    if not _is_within_reach(context, event, word):
        return None, False
    if event.kind == "be":
        return (Role.AT, True) if _has_carrier(context, word) else (None, False)
    is_direction = kind == "to_in" and _takes_direction(context, word)
    if event.kind == "depart" and "departs_in_place" in context.lexicon.traits:
        goes = any(cue.first == event.first for cue in context.clause.of_kind("goes."))
        is_direction = is_direction and goes and not _leads_on(context, word)
    if is_direction and (
        event.kind in {"depart", "move"}
        or (event.kind == "load" and "slavic_cases" in context.lexicon.traits)
    ):
        return Role.DESTINATION, False
    if event.kind in _LEAVES:
        return Role.ORIGIN, False
    if event.kind in _STAYS:
        return Role.AT, kind == "near"
    if is_direction or (kind == "to_in" and _follows_origin(context, word)):
        return Role.DESTINATION, False
    if event.kind == "pass":
        return Role.VIA, True
    is_near = event.kind == "move" and 0 < word - event.last <= _NEAR_WORDS
    return (Role.AT, True) if kind in {"to_in", "off"} or is_near else (None, False)


def _is_within_reach(context: _Context, event: Event, word: int) -> bool:
    """Whether a place lies in the verb's part of the sentence, or begins the part after it."""
    segments = context.clause.segments
    if segments[event.first] == segments[word]:
        return True
    first = segments.index(segments[word])
    if event.first > word:
        return first == 0 and word - first <= _LEAD_WORDS
    return word - first <= _LEAD_WORDS


def _takes_direction(context: _Context, word: int) -> bool:
    """Whether a preposition of place or direction means direction here, by the ending."""
    traits = context.lexicon.traits
    if "slavic_cases" not in traits:
        return True
    clause = context.clause
    mention = clause.anchors[word]
    last = clause.text[mention.start : mention.end].lower().rstrip("»”\"")
    i = word - 1
    # The word nearest to the preposition shows the case: "в порт X", "в порту X".
    head = last
    while i >= 0 and i not in context.prepositions and word - i <= 5:
        if clause.words[i].isalpha() and not NUMBER.fullmatch(clause.words[i]):
            head = clause.words[i]
        i -= 1
    return not head.endswith(_LOCATIVE)


_WITH = frozenset({"z", "ze", "з", "із", "зі", "с", "со"})
_INSTRUMENTAL = ("ą", "em", "ami", "ою", "ею", "єю", "ом", "ем", "ами", "ой", "ей")
_LOCATIVE = (
    "е", "и", "ах", "ях", "ом", "ем", "ём", "ой", "ей", "порту", "краю", "аэропорту", "ім", "ій", "і", "ї",
)  # fmt: skip


def _is_far_ahead(context: _Context, event: Event, at: int) -> bool:
    """Whether a verb follows in another part, and the place does not open the sentence."""
    segments = context.clause.segments
    if event.first < at or segments[event.first] == segments[at]:
        return False
    return at - segments.index(segments[at]) > 1


def _is_of_carrier(context: _Context, at: int) -> bool:
    """Whether a vehicle or a cargo stands close before a preposition: "the train from X"."""
    clause = context.clause
    return any(
        cue.tag.startswith(("carriers.", "cargo.", "ways."))
        and 0 < at - cue.last <= _CARRIER_WORDS
        and clause.segments[cue.first] == clause.segments[at]
        for cue in clause.cues
    )


def _is_negated(context: _Context, at: int) -> bool:
    """Whether "not" stands right before a preposition: "but not to X"."""
    return any(cue.last == at - 1 for cue in context.clause.of_kind("status.no"))


def _is_with(context: _Context, at: int, word: int) -> bool:
    """Whether a Slavic "from" means "with" here, by the ending of the name."""
    clause = context.clause
    mention = clause.anchors[word]
    name = clause.text[mention.start : mention.end].lower().strip("«»„”\"")
    return clause.words[at] in _WITH and name.endswith(_INSTRUMENTAL)


def _is_measured(context: _Context, at: int) -> bool:
    cue = next(cue for cue in context.prepositions.values() if cue.first == at)
    return _measures(context, cue)


def _has_carrier(context: _Context, word: int) -> bool:
    """Whether a vehicle or cargo is spoken of before a place in its part of the sentence."""
    clause = context.clause
    return any(
        cue.tag.startswith(("carriers.", "cargo.", "ways."))
        and clause.strong[cue.first] == clause.strong[word]
        for cue in clause.cues
    )


def _is_of_person(context: _Context, event: Event) -> bool:
    """Whether a person travels, not a cargo: "the minister arrived in X"."""
    clause = context.clause
    if event.is_noun:
        return False
    strong = clause.strong[event.first]
    things = ("carriers.", "cargo.", "ways.")
    is_thing = any(
        cue.tag.startswith(things) and clause.strong[cue.first] == strong for cue in clause.cues
    )
    return not is_thing and any(
        clause.strong[cue.first] == strong for cue in clause.of_kind("people.")
    )
