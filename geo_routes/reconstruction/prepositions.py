"""The words right before a place that govern it: prepositions, verbs, labels of a form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo_routes.geodesy import distance_km
from geo_routes.lexicons.movements_lexicon import Cue, MovementLexicon
from geo_routes.reconstruction.clauses import NUMBER, Clause, Event, is_quote
from geo_routes.reconstruction.places import Mention

_STEPS = 8
_UNKNOWN_WORDS = 3
_DISTANCE_WORDS = 2
_CARRIER_WORDS = 4
_SITUATING = frozenset({"places.in", "places.to_in", "places.near", "places.off"})
_WIDER = frozenset({"admin1", "region", "country"})
_CLOSE_KM = 80.0
_SOURCE_WORDS = 5
_NAME_LETTERS = 24
_DASHES = frozenset({"–", "—", "→", "->", "—>", "-"})
_NAME_AFTER = re.compile(r"[ \xa0][A-ZÀ-ÖØ-ÞА-ЯЁЇІЄҐŁŚŻŹĆŃ][^\W\d_]{2,}")
_ACCUSATIVE = frozenset({"ein", "eine", "einen", "den", "das", "die"})
_WITH = frozenset({"z", "ze", "з", "із", "зі", "с", "со"})
_INSTRUMENTAL = ("ą", "em", "ami", "ою", "ею", "єю", "ом", "ем", "ами", "ой", "ей")
_NAME_BEFORE = re.compile(
    r"(?<=[\w»«„\"'] )[A-ZÀ-ÖØ-Þ][^\W\d_]{2,} (?:d[’']|de |del |di |du )$|[«„\"][A-ZÀ-Þ][^\W\d_]+ $"
)
_LOCATIVE = (
    *("е", "и", "ах", "ях", "ом", "ем", "ём", "ой", "ей", "ім", "ій", "і", "ї"),
    *("порту", "краю", "аэропорту"),
)


@dataclass(slots=True)
class Context:
    """A sentence with its words sorted by what they are to a place."""

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


def read_context(
    clause: Clause, before: tuple[Mention | None, Mention | None], lexicon: MovementLexicon
) -> Context:
    """Sort the words of a sentence."""
    sites = {i for cue in clause.of_kind("sites.") for i in range(cue.first, cue.last + 1)}
    # "by road" tells the way, "on 6 May" the time: neither situates a place.
    aside = clause.dated | {
        i
        for cue in clause.of_kind("ways.")
        if cue.last > cue.first and cue.last not in sites
        for i in range(cue.first, cue.last + 1)
    }
    return Context(
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
        people={cue.last for cue in clause.cues if cue.tag.startswith(("people.", "sources."))},
        ways={
            cue.first
            for cue in clause.cues
            if cue.tag.startswith(("ways.", "carriers.")) and cue.tag != "carriers.any"
        },
    )


def situates(context: Context, word: int) -> bool:
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


def is_of_name(context: Context, word: int) -> bool:
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


def names_source(context: Context, word: int) -> bool:
    """Whether a place is a seat or a home: "a firm based in X", "a driver from X"."""
    clause = context.clause
    low = word - 1
    while low >= 0 and word - low <= _SOURCE_WORDS and clause.words[low] not in {",", ";", ":"}:
        if low in context.seats:
            return True
        if low in context.people and low + 1 in {
            cue.first for cue in context.prepositions.values()
        }:
            return True
        if low in context.anchors_before(word):
            return False
        low -= 1
    return False


def is_named_goal(context: Context, word: int) -> bool:
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


def list_goes_on(context: Context, word: int) -> bool:
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


def is_list(context: Context, one: int, other: int) -> bool:
    """Whether only commas, "and" and articles stand between two places."""
    clause = context.clause
    ands = {c.first for c in clause.of_kind("joins.")}
    mention = clause.anchors[one]
    return all(
        i in ands or clause.words[i] == "," or i in context.fillers
        for i in range(one + 1, other)
        if clause.spans[i][0] >= mention.end
    )


def find_governor(context: Context, word: int) -> tuple[str, int, bool] | None:
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
                outer = find_governor(context, before)
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
                outer = None if before in context.event_words else find_governor(context, before)
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


def _label(context: Context, word: int) -> tuple[str, int, bool] | None:
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


def _measures(context: Context, cue: Cue) -> bool:
    """Whether a preposition only measures a distance: "200 km from X", "north of X"."""
    return any(i in context.units for i in range(max(0, cue.first - _DISTANCE_WORDS), cue.first))


def takes_direction(context: Context, kind: str, word: int) -> bool:
    """Whether a preposition of place or direction means direction here, by the ending."""
    traits = context.lexicon.traits
    if "slavic_cases" not in traits:
        return kind == "to_in" or _is_accusative(context, word)
    clause = context.clause
    mention = clause.anchors[word]
    last = clause.text[mention.start : mention.end].lower().rstrip('»”"')
    i = word - 1
    # The word nearest to the preposition shows the case: "в порт X", "в порту X".
    head = last
    while i >= 0 and i not in context.prepositions and word - i <= 5:
        if clause.words[i].isalpha() and not NUMBER.fullmatch(clause.words[i]):
            head = clause.words[i]
        i -= 1
    return not head.endswith(_LOCATIVE)


def _is_accusative(context: Context, word: int) -> bool:
    """Whether a German description begins with an article of direction: "in | ein Depot"."""
    first = context.clause.anchors[word].text.partition(" ")[0]
    return "verb_last" in context.lexicon.traits and first in _ACCUSATIVE


def is_far_ahead(context: Context, event: Event, at: int) -> bool:
    """Whether a verb follows in another part, and the place does not open the sentence."""
    segments = context.clause.segments
    if event.first < at or segments[event.first] == segments[at]:
        return False
    return at - segments.index(segments[at]) > 1


def is_of_carrier(context: Context, at: int) -> bool:
    """Whether a vehicle or a cargo stands close before a preposition: "the train from X"."""
    clause = context.clause
    return any(
        cue.tag.startswith(("carriers.", "cargo.", "ways."))
        and 0 < at - cue.last <= _CARRIER_WORDS
        and clause.segments[cue.first] == clause.segments[at]
        for cue in clause.cues
    )


def is_negated(context: Context, at: int) -> bool:
    """Whether "not" stands right before a preposition: "but not to X"."""
    return any(cue.last == at - 1 for cue in context.clause.of_kind("status.no"))


def is_with(context: Context, at: int, word: int) -> bool:
    """Whether a Slavic "from" means "with" here, by the ending of the name."""
    clause = context.clause
    mention = clause.anchors[word]
    name = clause.text[mention.start : mention.end].lower().strip('«»„”"')
    return clause.words[at] in _WITH and name.endswith(_INSTRUMENTAL)


def has_carrier(context: Context, word: int) -> bool:
    """Whether a vehicle or cargo is spoken of before a place in its part of the sentence."""
    clause = context.clause
    return any(
        cue.tag.startswith(("carriers.", "cargo.", "ways."))
        and clause.strong[cue.first] == clause.strong[word]
        for cue in clause.cues
    )


def is_measured(context: Context, at: int) -> bool:
    """Whether the preposition at a word only measures a distance."""
    cue = next(cue for cue in context.prepositions.values() if cue.first == at)
    return _measures(context, cue)
