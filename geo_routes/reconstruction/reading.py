"""Go through the sentences of a report, and keep where the cargo is told to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date

from geo_routes.dates import DateMention, bounds
from geo_routes.documents import Document
from geo_routes.itinerary import Mode, Status
from geo_routes.lexicons.movements_lexicon import MovementLexicon
from geo_routes.reconstruction.claims import find_flag
from geo_routes.reconstruction.clauses import Clause, event_mode, event_status, read_clause
from geo_routes.reconstruction.journey import Journey, Stop, make_block
from geo_routes.reconstruction.places import Mention
from geo_routes.reconstruction.prepositions import read_context, situates
from geo_routes.reconstruction.roles import Item, Role, read_items
from geo_routes.reconstruction.sentences import dates_speech, give_dates, split_sentences

# "ODESSA, 3 May. -", "LYON (AFP) --", "Warsaw —", and a town alone before a full stop in capitals.
_DATELINE = re.compile(
    r"(?:\s*\([^)\n]{2,40}\))?(?:,[^.\n–—]{2,40}?)?\s*(?:\.?\s*(?:--|[–—])|\.(?=\s))"
)


# "LONDON, April 18 --": the date of writing dates no movement.
_HEAD = re.compile(r"\s*[^\W\d_a-zа-яёіїєґß-ÿ]{3,}[^\n!?]{0,50}?\s?(?:--|[–—])\s")
_SITE_WORDS = 4
# A sentence that begins with a name: "The Amber Star", "Танкер «Сокол»".
_NAMED = re.compile(
    r"[–—-]?\s*(?:(?:[Tt]he|[Ll][ea]|[Ee]l|[Dd](?:ie|er|as))\s+(?:\w+\s+)?|\w+\s+(?=[«„\"]))"
    r"[«„\"]?((?:[A-ZА-ЯЁІЇЄҐ][\w'’-]+\s?){1,3})"
)
_YEAR = re.compile(r"(?<![\w.,-])(?:1[89]|20)\d\d(?![\w-]|[.,]\d)")


@dataclass(slots=True)
class Unreal:
    """Movements of a sentence that are planned, possible, denied or past, in order."""

    status: Status
    stops: list[Stop]
    mode: Mode | None
    has_origin: bool
    is_onward: bool
    is_had: bool  # told as a plan of the past
    place: Stop | None  # where the cargo was told to be in the same sentence
    number: int = 0  # of the sentence
    is_other: bool = False  # another part of the cargo
    here: Stop | None = None  # where the report was with its journey


@dataclass(slots=True)
class Reading:
    """What has been read of a report so far."""

    document: Document
    lexicon: MovementLexicon
    dates: list[DateMention]
    clauses: list[Clause] = field(default_factory=list)
    items: list[list[Item]] = field(default_factory=list)  # by sentence
    aside: set[int] = field(default_factory=set)  # starts of places that only situate another
    journey: Journey = field(default_factory=Journey)
    unreal: list[Unreal] = field(default_factory=list)
    here: Mention | None = None
    named: Mention | None = None
    dateline: Mention | None = None
    told: date | None = None  # the date that the sentence before told
    mode: Mode | None = None
    first_mode: Mode | None = None
    flag: str = ""
    unplaced: dict[str, None] = field(default_factory=dict)  # names of stops nobody could place
    flags: dict[int, str] = field(default_factory=dict)  # by start of the sentence


def read_report(reading: Reading, mentions: list[Mention]) -> None:
    """Read all sentences of a report."""
    text = reading.document.text
    head = _HEAD.match(text)
    if head:
        reading.dates = [date for date in reading.dates if date.start >= head.end()]
    for span in split_sentences(text):
        here = [m for m in mentions if span[0] <= m.start < span[1]]
        if here and _is_dateline(text, span, here[0]):
            reading.dateline = reading.dateline or here[0]
            end = _dateline_end(text, here[0])
            reading.dates = [d for d in reading.dates if not span[0] <= d.start < end]
            here = [mention for mention in here if mention.start >= end]
        here = [_resolve(text, mention, mentions) for mention in here if not mention.is_reference]
        years = _bare_years(text, span, reading.dates)
        reading.dates = sorted([*reading.dates, *years], key=lambda date: date.start)
        clause = read_clause(text, span, here, reading.dates, reading.lexicon)
        reading.clauses.append(clause)
        reading.flag = find_flag(text[span[0] : span[1]], reading.lexicon) or reading.flag
        reading.flags[span[0]] = reading.flag
        _read_sentence(reading, clause)


def _bare_years(text: str, span: tuple[int, int], dates: list[DateMention]) -> list[DateMention]:
    """Take a year alone for the date of a sentence that tells no other."""
    if any(span[0] <= date.start < span[1] for date in dates):
        return []
    matches = _YEAR.finditer(text, *span)
    return [DateMention(match.start(), match.end(), match[0]) for match in matches]


def _resolve(text: str, mention: Mention, mentions: list[Mention]) -> Mention:
    """Take "the Spanish port" for the last place named in Spain."""
    name = text[mention.start : mention.end]
    if mention.kind != "region" or name != name.lower() or not mention.country:
        return mention
    named = [
        other
        for other in mentions
        if other.start < mention.start
        and other.country == mention.country
        and other.kind in {"city", "port", "station", "site", "admin1"}
    ]
    if not named:
        return mention
    return replace(named[-1], start=mention.start, end=mention.end, is_reference=False)


def _dateline_end(text: str, mention: Mention) -> int:
    match = _DATELINE.match(text, mention.end)
    return match.end() if match else mention.end


def _is_dateline(text: str, span: tuple[int, int], mention: Mention) -> bool:
    """Whether a place stands at the head of a paragraph as the place of writing."""
    head = text[span[0] : mention.start].strip(' \t«"“(')
    if head or (span[0] and "\n" not in text[max(0, span[0] - 3) : span[0]]):
        return False
    name = text[mention.start : mention.end]
    match = _DATELINE.match(text, mention.end)
    if match is None:
        return False
    return name.isupper() or "--" in match[0] or "–" in match[0] or "—" in match[0]


def _read_sentence(reading: Reading, clause: Clause) -> None:
    """Read the movements of one sentence, and hand on where the cargo is."""
    items = _read_roles(reading, clause)
    span = (clause.start, clause.end)
    after = [
        cue.last
        for cue in clause.of_kind("order.after")
        if _governs_movement(clause, cue.last, items)
    ]
    onward = [cue.first for cue in clause.of_kind("order.onward")]
    had = bool(clause.of_kind("order.had"))
    earlier = bool(clause.of_kind("earlier."))
    place: Stop | None = None
    if _is_refuted(clause, items):
        items = [
            replace(item, status=Status.DENIED) if item.status is Status.REPORTED else item
            for item in items
        ]
    for status in Status:
        group = [item for item in items if item.status is status]
        if not group:
            continue
        block = make_block(group, span, after=after, onward=onward)
        if len(block) == 1 and not _counts_alone(block[0]):
            continue
        if (
            len(block) > 1
            and block[1].is_sibling
            and group[0].event
            and group[0].event.kind == "be"
        ):
            continue  # "the goods are in X and Y" sums up what the report tells
        if status is Status.REPORTED and _is_bystander(reading, clause, group):
            continue
        for stop in block:
            stop.mode_before = reading.mode
        if not block:
            continue
        if status is Status.REPORTED:
            _mark_now(reading, clause, block)
            first = group[0].event.first if group[0].event else group[0].word
            block = _split_arrival(reading, block, onward, had=had)
            is_mere_load = had and not block[0].is_start
            reading.journey.add(
                block,
                is_earlier=earlier or is_mere_load,
                is_onward=any(word < max(first, group[0].word) for word in onward),
                told=_told(reading, clause) or reading.told,
                is_fork=_is_other_part(clause, group[0]),
                is_broken=bool(clause.of_kind("order.but")),
                is_restart=_sets_out(clause, items, first) or bool(clause.of_kind("order.enroute")),
                is_passed=all(item.role is Role.VIA for item in group),
                is_had=had or "no_pluperfect" in reading.lexicon.traits,
            )
            place = block[-1]
        else:
            _add_unreal(reading, clause, group, block, place)
    reading.told = _told(reading, clause) or (None if items else reading.told)
    if clause.anchors and not items:
        reading.named = clause.anchors[max(clause.anchors)]
    if items:
        reading.named = items[-1].mention
        moved = [item for item in items if item.role is not Role.ORIGIN] or items
        reading.here = moved[-1].mention
    reading.mode = _last_mode(clause, items) or reading.mode
    is_last = place is not None and bool(items) and place.key == items[-1].mention.key
    if place is not None and is_last and not items[-1].is_pointed:
        place.mode_out = place.mode_out or _mode_on(clause, items)
    reading.first_mode = reading.first_mode or reading.mode


def _read_roles(reading: Reading, clause: Clause) -> list[Item]:
    """Give the places of a sentence their roles, and keep which only situate others."""
    context = read_context(clause, (reading.named, reading.here), reading.lexicon)
    reading.aside.update(m.start for word, m in clause.anchors.items() if situates(context, word))
    items = read_items(context)
    items = _drop_coarse(items)
    items = _arrive_here(reading, clause, items) + items
    give_dates(clause, items, reading.dates)
    items = [_plan_ahead(reading, item) for item in _mark_parallel(clause, items)]
    reading.items.append(items)
    return items


def _mode_on(clause: Clause, items: list[Item]) -> Mode | None:
    """Tell by what the cargo goes on from the last place of a sentence, where it says so."""
    last = items[-1].word
    later = [
        event for event in clause.events if event.first > last and event is not items[-1].event
    ]
    if not later or later[0].kind not in {"move", "depart", "load"}:
        return None
    return event_mode(clause, later[0], later[0].first)


def _last_mode(clause: Clause, items: list[Item]) -> Mode | None:
    """Tell by what the cargo goes on after a sentence."""
    if items:
        last = items[-1].word
        ways = [
            cue
            for cue in clause.of_kind("ways.")
            if cue.first > last and clause.strong[cue.first] == clause.strong[last]
        ]
        told = next((item.mode for item in reversed(items) if item.mode), None)
        return Mode(ways[-1].tag.partition(".")[2]) if ways else told
    if not (clause.events or ":" in clause.words[:3]) or clause.of_kind("people."):
        return None
    ways = clause.of_kind("ways.")
    carriers = [cue for cue in clause.of_kind("carriers.") if cue.tag != "carriers.any"]
    found = ways[-1:] or carriers[:1]
    return Mode(found[0].tag.partition(".")[2]) if found else None


def _arrive_here(reading: Reading, clause: Clause, items: list[Item]) -> list[Item]:
    """Take the place of writing for the stop of a first sentence that names none."""
    if reading.dateline is None or reading.journey.stops or reading.unreal:
        return []
    sites = {cue.first for cue in clause.of_kind("sites.")}
    used = [item.event for item in items]
    event = next((e for e in clause.events if e.kind in {"arrive", "unload"}), None)
    if event is None or not clause.of_kind("carriers.") or any(e is event for e in used):
        return []
    if not any(abs(site - event.first) <= _SITE_WORDS for site in sites):
        return []
    return [
        Item(
            reading.dateline,
            Role.AT,
            event.first,
            event,
            status=event_status(clause, event, event.first),
            mode=event_mode(clause, event, event.first),
            is_weak=True,
        )
    ]


def _is_bystander(reading: Reading, clause: Clause, group: list[Item]) -> bool:
    """Whether another vehicle, named for the first time, only lies or waits somewhere."""
    kinds = {item.event.kind if item.event else "" for item in group}
    is_other = bool(clause.of_kind("others."))
    if not kinds <= ({"stay", "load"} if is_other else {"stay"}):
        return False
    if is_other and group[0].word > clause.of_kind("others.")[0].first:
        return True
    if not reading.journey.stops or clause.of_kind("cargo."):
        return False
    match = _NAMED.match(reading.document.text, clause.start)
    return match is not None and match[1] not in reading.document.text[: clause.start]


def _counts_alone(stop: Stop) -> bool:
    """Whether a place told alone makes a stop; a country does only as an end."""
    kind = stop.event.kind if stop.event else ""
    if not stop.mention.is_vast:
        return True
    if stop.is_start:
        return kind == "depart"
    return kind in {"arrive", "unload", "call", "move", "depart"}


def _is_other_part(clause: Clause, item: Item) -> bool:
    """Whether another part of the cargo, or another vehicle, is what moves."""
    first = item.event.first if item.event else item.word
    return any(
        cue.first <= max(first, item.word) and clause.strong[cue.first] == clause.strong[item.word]
        for cue in clause.of_kind("others.")
    )


def _sets_out(clause: Clause, items: list[Item], first: int) -> bool:
    """Whether a sentence begins with a departure whose place it does not name again."""
    used = [item.event for item in items]
    return any(
        event.kind == "depart"
        and not event.is_noun
        and event.first < first
        and not any(event is other for other in used)
        for event in clause.events
    )


def _mark_parallel(clause: Clause, items: list[Item]) -> list[Item]:
    """Mark what another named vehicle does: "the A berthed at X; the B, at Y"."""
    marked: list[Item] = []
    for item in items:
        part = clause.strong[item.word]
        first = clause.strong.index(part)
        named = _NAMED.match(clause.text, clause.spans[first][1]) if part and first else None
        is_parallel = (
            named is not None
            and any(clause.strong[other.word] < part for other in marked)
            and item.role is not Role.ORIGIN
            and item.event is not None
            and item.event.kind in {"arrive", "unload"}
        )
        is_parallel = is_parallel or bool(
            marked
            and item.role is Role.DESTINATION
            and marked[-1].role in {Role.DESTINATION, Role.AT}
            and marked[-1].status is item.status
            and any(marked[-1].word < c.first < item.word for c in clause.of_kind("others."))
        )
        marked.append(replace(item, is_parallel=is_parallel) if is_parallel else item)
    return marked


def _plan_ahead(reading: Reading, item: Item) -> Item:
    """A movement dated after the report is planned, however it is told."""
    published = reading.document.published[:10]
    span = bounds(item.date.edtf) if item.date else None
    if item.status is Status.REPORTED and published and span and str(span[0]) > published:
        return replace(item, status=Status.PLANNED)
    return item


def _is_refuted(clause: Clause, items: list[Item]) -> bool:
    """Whether another part of the sentence denies what it tells: "...; the ministry denies it"."""
    parts = {clause.strong[item.word] for item in items}
    return any(clause.strong[cue.first] not in parts for cue in clause.of_kind("status.denied"))


def _split_arrival(
    reading: Reading, block: list[Stop], onward: list[int], *, had: bool
) -> list[Stop]:
    """Read "the ship, which had come from X, then went to Y" as X to here, and on to Y."""
    here = reading.journey.here
    if not (had and here and len(block) > 1 and block[0].is_start):
        return block
    first, second = block[0], block[1]
    if first.event is None or second.event is None or second.event is first.event:
        return block
    low, high = first.event.first, second.event.first
    if not any(low < word < high for word in onward):
        return block
    reading.journey.branches.append([first, here])
    second.is_told_after = False
    return block[1:]


def _governs_movement(clause: Clause, word: int, items: list[Item]) -> bool:
    """Whether "after" goes with a movement told, not with another noun: "after the storm"."""
    begins = [item.event.first if item.event else item.word for item in items]
    return any(word < at and clause.segments[at] == clause.segments[word] for at in begins) or any(
        word < item.word and clause.segments[item.word] == clause.segments[word] for item in items
    )


def _told(reading: Reading, clause: Clause) -> date | None:
    """Tell the last date of a sentence."""
    days = [
        found[1]
        for mention in reading.dates
        if clause.start <= mention.start < clause.end
        and not dates_speech(clause, mention)
        and (found := bounds(mention.edtf))
    ]
    return days[-1] if days else None


def _drop_coarse(items: list[Item]) -> list[Item]:
    """Leave a country out beside a place in it: "arrived in India at Attari"."""
    return [
        item
        for item in items
        if not item.mention.is_country
        or not any(
            other.mention.country == item.mention.country
            and not other.mention.is_country
            and (other.role is Role.ORIGIN) == (item.role is Role.ORIGIN)
            for other in items
        )
    ]


def _mark_now(reading: Reading, clause: Clause, block: list[Stop]) -> None:
    """A stop told in the present is where the cargo was when the report was written."""
    published = reading.document.published[:10]
    if not published or not clause.of_kind("order.now") or clause.of_kind("order.had"):
        return
    last = block[-1]
    if not last.reached and not last.is_start:
        try:
            last.now = date.fromisoformat(published)
        except ValueError:
            return


def _add_unreal(
    reading: Reading, clause: Clause, group: list[Item], block: list[Stop], place: Stop | None
) -> None:
    """Keep movements that did not, or not yet, take place; they do not move the cargo."""
    onward = clause.of_kind("order.onward")
    first = group[0].event.first if group[0].event else group[0].word
    reading.unreal.append(
        Unreal(
            status=group[0].status,
            stops=block,
            mode=next((item.mode for item in group if item.mode), None),
            has_origin=block[0].is_start,
            is_onward=any(cue.first <= max(first, group[0].word) for cue in onward),
            is_had=bool(clause.of_kind("order.had")) or bool(clause.of_kind("tense.past_plan")),
            place=place,
            number=len(reading.clauses),
            is_other=_is_other_part(clause, group[0]),
            here=reading.journey.here,
        )
    )
