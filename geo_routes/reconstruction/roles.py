"""What each place of a sentence is to its movement: origin, destination, stop, passage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from geo_routes.dates import DateMention
from geo_routes.itinerary import Mode, Status
from geo_routes.lexicons.movements_lexicon import Cue
from geo_routes.reconstruction.clauses import (
    Clause,
    Event,
    event_mode,
    event_status,
    is_quote,
    nearest_event,
)
from geo_routes.reconstruction.places import Mention
from geo_routes.reconstruction.prepositions import (
    Context,
    find_governor,
    has_carrier,
    is_far_ahead,
    is_list,
    is_measured,
    is_named_goal,
    is_negated,
    is_of_carrier,
    is_of_name,
    is_with,
    list_goes_on,
    names_source,
    situates,
    takes_direction,
)

_NEAR_WORDS = 5
_SUBJECT_WORDS = 14
_LEAD_WORDS = 5
_LEAVES = frozenset({"load", "depart", "build"})
_STAYS = frozenset({"arrive", "unload", "stay", "call", "be"})


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
    part: int = 0  # number of its part of the sentence

    @property
    def is_bound(self) -> bool:
        """Whether a vehicle is told to have left for here, not to have arrived."""
        return self.role is Role.DESTINATION and (
            self.event is not None and self.event.kind == "depart"
        )


def read_items(context: Context) -> list[Item]:
    """Give the places of a sentence their roles; places without one are left out."""
    clause = context.clause
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


def _pointers(context: Context) -> dict[int, Cue]:
    """Find the words that stand for a place named before."""
    cues = context.clause.of_kind("pointers.")
    return {cue.first: cue for cue in cues if cue.tag != "pointers.none"}


def _point(context: Context, items: list[Item], word: int, cue: Cue) -> list[Item]:
    """Read "where", "from there" and the like as the place named before."""
    clause, kind = context.clause, cue.tag.partition(".")[2]
    used = [item for item in items if item.word < word]
    named = [i for i in clause.anchors if i < word and clause.strong[i] == clause.strong[word]]
    mention: Mention | None = None
    if kind in {"where", "whence", "whither", "which"}:
        if not named or (kind == "which" and not _opens_relative(context, word, named[-1])):
            return []
        mention = used[-1].mention if used and kind != "which" else clause.anchors[named[-1]]
    else:
        used, named = [], []
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


def _expand(context: Context, item: Item, named: list[int]) -> list[Item]:
    """Let "where" stand for all places of a list: "X, Y and Z, where ..."."""
    first = len(named) - 1
    while first and is_list(context, named[first - 1], named[first]):
        first -= 1
    mentions = [context.clause.anchors[i] for i in named[first:]]
    if len(mentions) < 2:
        return [item]
    role = Role.DESTINATION if item.role is Role.AT else item.role
    return [
        replace(item, mention=mention, role=role, is_joined=number > 0)
        for number, mention in enumerate(mentions)
    ]


def _opens_relative(context: Context, word: int, place: int) -> bool:
    """Whether a pronoun follows a comma or its place: "X, which it left"."""
    clause = context.clause
    return clause.words[word - 1] == "," or (clause.spans[word - 1][1] <= clause.anchors[place].end)


def _event_after(clause: Clause, word: int) -> Event | None:
    return next(
        (
            e
            for e in clause.events
            if e.first > word
            and clause.strong[e.first] == clause.strong[word]
            and clause.segments[e.first] - clause.segments[word] <= 1
        ),
        None,
    )


def _place(context: Context, items: list[Item], word: int) -> Item | None:
    """Read one named place."""
    clause = context.clause
    mention = clause.anchors[word]
    joined = _joined(context, items, word)
    if joined is not None and _is_between(context, joined):
        return replace(joined, mention=mention, word=word, role=Role.DESTINATION)
    if joined is not None:
        return replace(joined, mention=mention, word=word, is_joined=True, is_weak=joined.is_weak)
    if situates(context, word) or names_source(context, word) or is_of_name(context, word):
        return None
    found = find_governor(context, word)
    if is_named_goal(context, word):
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
    if mention.is_country and kind not in {"origin", "goal"} and not has_carrier(context, word):
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


def _subject(context: Context, word: int) -> Item | None:
    """Take a country that sends for an origin, a place that receives for a destination."""
    clause = context.clause
    mention = clause.anchors[word]
    event_words = [c.first for c in clause.cues if c.tag.startswith(("gives.", "receives."))]
    first = next((i for i in event_words if i > word), None)
    if (
        first is None
        or clause.strong[first] != clause.strong[word]
        or first - word > _SUBJECT_WORDS
    ):
        return None
    if any(i in clause.anchors for i in range(word + 1, first)):
        return None
    event = next((e for e in clause.events if e.first >= first), None)
    if any(cue.first == first for cue in clause.of_kind("receives.")):
        named = has_carrier(context, word) or len(clause.anchors) > 1
        arrival = Event("arrive", first, first)
        return _item(context, mention, Role.DESTINATION, word, arrival) if named else None
    if not mention.is_country or event is None or event.first != first:
        return None
    return _item(context, mention, Role.ORIGIN, word, event)


def _is_between(context: Context, item: Item) -> bool:
    """Whether a place is the first of "between X and Y"."""
    found = find_governor(context, item.word)
    return found is not None and found[0] == "between" and item.role is Role.ORIGIN


def _item(
    context: Context,
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
        part=context.clause.segments[word],
        is_goal=is_goal or _is_heading(context, event, role),
        is_source=role is Role.ORIGIN and (event is None or event.kind == "be"),
    )


def _is_heading(context: Context, event: Event | None, role: Role) -> bool:
    """Whether a verb tells where a vehicle is heading, not that it came there."""
    if event is None or role is not Role.DESTINATION:
        return False
    heading = {cue.first for cue in context.clause.of_kind("heading.")}
    return event.kind == "approach" or event.first in heading


def _joined(context: Context, items: list[Item], word: int) -> Item | None:
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
    if all(clause.words[i] == "," for i in rest) and not list_goes_on(context, word):
        return None
    return items[-1]


def _object_role(cue: Cue) -> Role:
    kind = cue.tag.partition(".")[2]
    if kind == "pass":
        return Role.VIA
    return Role.ORIGIN if kind == "depart" else Role.DESTINATION


def _located(event: Event) -> Role:
    return Role.ORIGIN if event.kind in _LEAVES else Role.AT


def _settle(
    context: Context, kind: str, event: Event | None, at: int, word: int
) -> tuple[Role | None, bool]:
    """Decide the role from the preposition and the verb."""
    clause = context.clause
    if kind.startswith("label."):
        return Role(kind.partition(".")[2]), True
    if kind.startswith("object."):
        return _object_role(context.objects[at]), False
    if kind == "origin" and is_measured(context, at):
        return None, False
    if kind in {"origin", "of"} and event is not None and is_far_ahead(context, event, at):
        return None, False
    if (
        kind in {"origin", "to"}
        and event is None
        and not is_of_carrier(context, at)
        and not has_carrier(context, word)
    ):
        return None, False
    if is_negated(context, at) or (kind == "origin" and is_with(context, at, word)):
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
        is_way = event is not None and event.kind == "move" and list_goes_on(context, word)
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


def _follows_origin(context: Context, word: int) -> bool:
    """Whether a place of origin stands just before: "from X by ferry to Y"."""
    clause = context.clause
    named = [i for i in clause.anchors if i < word]
    if not named or clause.segments[named[-1]] != clause.segments[word]:
        return False
    found = find_governor(context, named[-1])
    return found is not None and found[0] == "origin"


def _leads_on(context: Context, word: int) -> bool:
    """Whether another place follows as the destination: "de X à Y", "von X nach Y"."""
    clause = context.clause
    following = [i for i in clause.anchors if i > word]
    if not following or clause.segments[following[0]] != clause.segments[word]:
        return False
    found = find_governor(context, following[0])
    return found is not None and (found[0] in {"to", "to_in", "goal", "for"} and found[1] > word)


def _settle_in(context: Context, kind: str, event: Event, word: int) -> tuple[Role | None, bool]:
    """Decide between origin, destination and stop for "in", "at", "near", "off"."""
    if not _is_within_reach(context, event, word):
        return None, False
    if event.kind == "be":
        return (Role.AT, True) if has_carrier(context, word) else (None, False)
    is_direction = kind in {"to_in", "in"} and takes_direction(context, kind, word)
    is_direction = is_direction and (kind == "to_in" or event.kind in {"depart", "move", "arrive"})
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


def _is_within_reach(context: Context, event: Event, word: int) -> bool:
    """Whether a place lies in the verb's part of the sentence, or begins the part after it."""
    segments = context.clause.segments
    if segments[event.first] == segments[word]:
        return True
    first = segments.index(segments[word])
    if event.first > word:
        return first == 0 and word - first <= _LEAD_WORDS
    return word - first <= _LEAD_WORDS


def _is_of_person(context: Context, event: Event) -> bool:
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
