"""Order the stops that a report tells, in whatever order it tells them, into journeys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from geo_routes.dates import bounds
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Mode
from geo_routes.reconstruction.clauses import Event
from geo_routes.reconstruction.places import Mention
from geo_routes.reconstruction.roles import Item, Role

_AREA_KM = 60.0
_OTHER_DAYS = 300  # told of a journey so much earlier, it is another one


@dataclass(slots=True)
class Stop:
    """One call of a journey: how it was reached, when, and which sentences tell it."""

    mention: Mention
    span: tuple[int, int]
    mode: Mode | None = None  # by which it was reached
    mode_out: Mode | None = None  # by which it was left
    mode_before: Mode | None = None  # told in the sentences before
    reached: str = ""
    left: str = ""
    now: date | None = None  # told in the present: no earlier than the report
    is_start: bool = False
    is_told_after: bool = False  # the sentence itself joins it to the stop before
    is_sibling: bool = False  # an alternative to the stop before, not a stop after it
    is_goal: bool = False  # told as where it was heading, not as reached
    is_source: bool = False  # where the cargo is from
    is_broken: bool = False  # a "but" follows: the goal was given up
    is_bound: bool = False  # told as where it left for
    via: tuple[str, ...] = ()
    spans: list[tuple[int, int]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    event: Event | None = None

    @property
    def key(self) -> str:
        """Id of the place."""
        return self.mention.key

    def days(self) -> tuple[date, date] | None:
        """First and last day on which the journey was here."""
        found = [b for b in (bounds(self.reached), bounds(self.left)) if b]
        if not found:
            return (self.now, self.now) if self.now else None
        return min(b[0] for b in found), max(b[1] for b in found)


def is_same(one: Mention, other: Mention) -> bool:
    """Whether two mentions mean one stop: the same place, or a country and a place in it."""
    if one.key == other.key:
        return True
    if not one.country or one.country != other.country:
        return False
    return one.is_country != other.is_country or _holds(one, other) or _holds(other, one)


def _is_wider(one: Mention, other: Mention) -> bool:
    """Whether one of two mentions of a stop is the less precise."""
    return _breadth(one) > _breadth(other)


def _breadth(mention: Mention) -> int:
    return 2 if mention.is_country else 1 if mention.kind == "admin1" else 0


def _holds(area: Mention, place: Mention) -> bool:
    """Whether a division or another area holds a place in it."""
    if area.kind != "admin1" or place.is_country or place.kind == "admin1":
        return False
    return distance_km(area.point, place.point) <= max(area.radius_km, _AREA_KM)


@dataclass(slots=True)
class Journey:
    """Stops in the order of travel; `cursor` is the stop that the report speaks of now."""

    stops: list[Stop] = field(default_factory=list)
    cursor: int = -1
    branches: list[list[Stop]] = field(default_factory=list)
    parted: Stop | None = None  # where the part of the cargo told last left
    missed: list[tuple[Stop, Stop]] = field(default_factory=list)  # goals that were not reached

    def add(
        self,
        block: list[Stop],
        *,
        is_earlier: bool,
        is_onward: bool,
        told: date | None = None,
        is_fork: bool = False,
        is_broken: bool = False,
        is_restart: bool = False,
        is_had: bool = False,
        is_passed: bool = False,
    ) -> None:
        """Fit the stops of one sentence into the journey."""
        block = _without_transit(self._drop_goals(block, is_broken=is_broken))
        for stop in block:
            stop.is_broken = is_broken
        if not block:
            return
        if not self.stops:
            self.stops = list(block)
            self.cursor = len(block) - 1
            self._part(0, is_start=block[0].is_start)
            return
        at = self._find(block[0])
        if is_fork and at is None and not block[0].is_start and self._fork(block):
            return
        if at is None and not block[0].is_start and not is_onward:
            self._give_up_goal(block[0])
        if at is None and len(block) > 1 and (end := self._find(block[-1])) is not None:
            self._lead_in(block, end)
            return
        if at is None:
            at = self._place(block, is_earlier=is_earlier, is_onward=is_onward, told=told)
            if is_passed and self._tells_only_ends() and not any(s.days() for s in block):
                at = self.cursor  # on the way to where the report is
                self.stops[at].is_told_after = False
            if is_earlier and not at and len(block) == 1 and block[0].is_start:
                block[0].is_source = True
            if is_restart or is_had:
                at = self._retell(block, at, is_restart=is_restart)
            self.stops.insert(at, block[0])
        else:
            if not block[0].is_start and at and self.cursor == at - 1:
                self.stops[at].is_told_after = True
            self._merge(at, block[0])
        self.cursor = at
        self._part(at, is_start=block[0].is_start)
        for stop in block[1:]:
            self._follow(stop)

    def _part(self, at: int, *, is_start: bool) -> None:
        """Keep where the stops told last set out from."""
        if is_start:
            self.parted = self.stops[at]
        else:
            self.parted = self.stops[at - 1] if at else None

    def pairs(self) -> Iterator[tuple[Stop, Stop]]:
        """Go through the legs: each stop with the one after it."""
        for branch in self.branches:
            yield from _pairs(branch)
        yield from _pairs(_without_transit(self.stops))

    def all_stops(self) -> Iterator[Stop]:
        """Go through the stops of all branches."""
        yield from self.stops
        for branch in self.branches:
            yield from branch

    def end_of(self, stop: Stop | None) -> Stop:
        """Find the last stop of the journey that holds a stop; of all where none does."""
        at = next((i for i, known in enumerate(self.stops) if known is stop), -1)
        return self.stops[self._run_end(at)] if at >= 0 else self.stops[-1]

    def _fork(self, block: list[Stop]) -> bool:
        """Let another part of the cargo go its own way from where the last part left."""
        if self.parted is None:
            return False
        self.branches.append([self.parted, *block])
        return True

    def _drop_goals(self, block: list[Stop], *, is_broken: bool) -> list[Stop]:
        """Take out places that a sentence tells as headed for before it tells another stop."""
        kept: list[Stop] = []
        for number, stop in enumerate(block):
            following = block[number + 1] if number + 1 < len(block) else None
            if stop.is_goal and following and not following.is_goal and not following.is_sibling:
                before = kept[-1] if kept else self._left()
                if before is not None and is_broken:
                    self.missed.append((before, stop))
                continue
            kept.append(stop)
        return kept

    def _tells_only_ends(self) -> bool:
        """Whether the report told only where the journey began and where it is."""
        at = self.cursor
        return at > 0 and self.stops[at].is_told_after and self._run_start(at) == at - 1

    def _left(self) -> Stop | None:
        """The stop that was surely reached last."""
        at = self.cursor
        while at > 0 and self.stops[at].is_goal:
            at -= 1
        return self.stops[at] if self.stops else None

    @property
    def here(self) -> Stop | None:
        """The stop that the report spoke of last."""
        return self.stops[self.cursor] if self.stops else None

    def _give_up_goal(self, stop: Stop) -> None:
        """A journey that was heading for one place is told to be at another."""
        goal = self.stops[self.cursor]
        if not goal.is_goal or not goal.is_broken or is_same(stop.mention, goal.mention):
            return
        if stop.mode and goal.mode and stop.mode is not goal.mode:
            return  # it went on from there by other means
        if self.cursor:
            self.missed.append((self.stops[self.cursor - 1], goal))
            del self.stops[self.cursor]
            self.cursor -= 1

    def _lead_in(self, block: list[Stop], end: int) -> None:
        """Fit in how the cargo came to a stop that the report told before."""
        target = self.stops[end]
        if end and target.is_told_after:
            here = self.here
            is_next = not block[0].is_start and here is not None and here is not target
            self.branches.append([here, *block] if is_next and here else block)
            self.cursor = end
            return
        self._merge(end, block[-1])
        target.is_told_after = True
        self.stops[end:end] = block[:-1]
        self.cursor = end + len(block) - 1

    def _find(self, stop: Stop) -> int | None:
        for index in range(len(self.stops) - 1, -1, -1):
            known = self.stops[index]
            if not is_same(known.mention, stop.mention):
                continue
            modes = {mode for mode in (stop.mode or stop.mode_out, known.mode) if mode}
            if known.key != stop.key and len(modes) > 1:
                continue
            days, others = stop.days(), known.days()
            # Left before it was reached: another call at the same place.
            if stop.is_start and days and others and known.reached and days[1] < others[0]:
                continue
            if not stop.is_start and days and others and known.left and days[0] > others[1]:
                continue
            if stop.reached and known.reached and days and others and days[1] < others[0]:
                continue
            if known.is_start and not stop.is_start and self._is_back(index):
                continue
            return index
        return None

    def _retell(self, block: list[Stop], at: int, *, is_restart: bool) -> int:
        """Put a story told after its end before that end."""
        here, start = self.stops[self.cursor], self._run_start(self.cursor)
        is_open = is_restart and not block[0].is_start and self.stops[start].is_start
        if is_open and at <= start < self.cursor:
            return start + 1
        if any(stop.days() for stop in block) and at <= self.cursor:
            return at  # its dates tell better
        if is_restart and not block[0].is_start and self.stops[start].is_start:
            return start + 1 if self.cursor > start else at
        if self.stops[start].is_start or not block[0].is_start or len(block) < 2:
            return at
        days, others = block[0].days() or block[-1].days(), here.days()
        is_old = bool(days and others and (others[0] - days[1]).days > _OTHER_DAYS)
        return at if is_old else start

    def _run_start(self, at: int) -> int:
        """Find where the journey that holds a stop begins."""
        while at and not (self.stops[at].is_start and not self.stops[at].is_told_after):
            at -= 1
        return at

    def _is_back(self, index: int) -> bool:
        """Whether the report speaks of a later stop of the journey that a stop began."""
        return index < self.cursor - 1 and self._run_end(index) >= self.cursor

    def _place(
        self, block: list[Stop], *, is_earlier: bool, is_onward: bool, told: date | None
    ) -> int:
        """Tell where the first stop of a block goes, by its dates or its words."""
        first = block[0]
        days = next((d for d in (stop.days() for stop in block) if d), None)
        is_dated = days is not None
        if (
            days is None
            and told is not None
            and not is_earlier
            and not (first.is_start and len(block) > 1)
        ):
            days = (told, told)  # the sentence before tells the time
        here = self.stops[self.cursor]
        if is_onward and not first.is_start:
            return self._run_end(self.cursor) + 1 if here.is_start else self.cursor + 1
        known = [(i, stop.days()) for i, stop in enumerate(self.stops)]
        later = [i for i, other in known if days and other and other[0] > days[1]]
        if later and days:
            at = min(later)
            return self._chain_start(at, None if first.is_start else days[0])
        earlier = [i for i, other in known if days and other and other[1] < days[0]]
        if is_onward:
            return self.cursor + 1
        kind = first.event.kind if first.event else ""
        is_under_way = here.is_goal or (here.is_bound and kind in {"call", "stay", "pass"})
        if is_under_way and not first.is_start and not (here.is_goal and earlier and is_dated):
            first.now = here.now
            return self.cursor  # it was still under way
        if first.event is not None and first.event.kind == "build":
            return 0
        if earlier and is_dated:
            return max(self.cursor, *earlier) + 1
        kind = first.event.kind if first.event else ""
        start = self._run_start(self.cursor)
        if is_earlier and kind in {"call", "stay", "unload"} and self.stops[start].is_start:
            return max(self.cursor, start + 1)  # on the way to where the report is
        if is_earlier:
            return 0
        if (
            here.is_start
            and kind in {"", "arrive", "move", "depart", "unload"}
            and not first.is_start
        ):
            return self._run_end(self.cursor) + 1  # how it came here was only told in between
        if first.is_start and len(block) > 1:
            return self._run_end(self.cursor) + 1  # a journey of its own
        if first.is_start and len(block) == 1 and not here.is_start and not here.is_told_after:
            return self.cursor
        if first.is_start and kind == "load" and not self.stops[start].is_start:
            return start
        return self.cursor + 1

    def _chain_start(self, at: int, day: date | None) -> int:
        """Step back over stops that their sentence joins to a stop not known to be earlier."""
        while at and self.stops[at].is_told_after:
            before = self.stops[at - 1].days()
            if day and before and before[1] <= day:
                break
            at -= 1
        return at

    def _run_end(self, at: int) -> int:
        """Find where the journey that holds a stop ends."""
        while at + 1 < len(self.stops):
            following = self.stops[at + 1]
            if following.is_start and not following.is_told_after:
                break
            at += 1
        return at

    def _follow(self, stop: Stop) -> None:
        """Go on from the cursor to the next stop of the same sentence."""
        here, following = self.stops[self.cursor], self.cursor + 1
        for index in range(following, self._run_end(self.cursor) + 1):
            if is_same(self.stops[index].mention, stop.mention):
                self._merge(index, stop)
                self.cursor = index
                return
        if following < len(self.stops) and self.stops[following].is_told_after:
            # The next stop is surely joined to this one: another part went another way.
            self.branches.append([self.stops[self.cursor], stop])
            return
        lead = self._find_lead(stop)
        if lead is not None:
            stop.spans += [span for span in lead.spans if span not in stop.spans]
            self.stops.remove(lead)
            following = self.stops.index(here) + 1
        self.stops.insert(following, stop)
        self.cursor = following

    def _find_lead(self, stop: Stop) -> Stop | None:
        """Find a stop that the head of the report told as the end, with nothing to place it."""
        for index, known in enumerate(self.stops[: self.cursor]):
            following = self.stops[index + 1]
            is_loose = not (known.is_start or known.is_told_after or known.left or known.reached)
            if is_loose and not following.is_told_after and known.key == stop.key:
                return known
        return None

    def _merge(self, index: int, stop: Stop) -> None:
        known = self.stops[index]
        if _is_wider(known.mention, stop.mention):
            known.mention = stop.mention
            known.spans = list(stop.spans)  # the sentence that tells most is the evidence
        known.reached = known.reached or stop.reached
        known.left = known.left or stop.left
        known.now = known.now or stop.now
        known.is_goal = known.is_goal and stop.is_goal
        known.is_bound = known.is_bound and stop.is_bound
        known.is_start = known.is_start or (stop.is_start and index == 0)
        known.via = known.via or stop.via
        known.reasons = stop.reasons | known.reasons
        if stop.mode and (known.mode is None or stop.is_told_after):
            known.mode = stop.mode
        known.mode_out = known.mode_out or stop.mode_out
        known.is_told_after = known.is_told_after or stop.is_told_after
        if not _is_wider(stop.mention, known.mention):
            known.spans += [span for span in stop.spans if span not in known.spans]


def _without_transit(stops: list[Stop]) -> list[Stop]:
    """Turn countries between two stops into passages: one goes through them."""
    kept: list[Stop] = []
    passed: list[str] = []
    for number, stop in enumerate(stops):
        following = stops[number + 1] if number + 1 < len(stops) else None
        is_last = following is None or (following.is_start and not following.is_told_after)
        kind = stop.event.kind if stop.event else ""
        if (
            (stop.mention.is_vast or (stop.mention.kind == "sea" and kind != "stay"))
            and not stop.is_start
            and not is_last
            and kind not in {"call", "load", "unload"}
        ):
            if not stop.mention.is_unplaced:
                passed.append(stop.key)
            continue
        if passed:
            stop.via, passed = (*passed, *stop.via), []
        kept.append(stop)
    return kept


def _pairs(stops: list[Stop]) -> Iterator[tuple[Stop, Stop]]:
    """Pair each group of alternatives with the next."""
    groups: list[list[Stop]] = []
    for stop in stops:
        if stop.is_sibling and groups:
            groups[-1].append(stop)
        else:
            groups.append([stop])
    for number, group in enumerate(groups[1:], start=1):
        before = groups[number - 1]
        if group[0].is_start and not group[0].is_told_after and not before[-1].is_source:
            continue
        origins = before if before[0].is_start else before[-1:]
        for origin in origins:
            for stop in group:
                if not is_same(origin.mention, stop.mention):
                    yield origin, stop


def make_block(
    items: list[Item], span: tuple[int, int], *, after: list[int], onward: list[int]
) -> list[Stop]:
    """
    Turn the places of one sentence into stops in the order of travel.

    An origin told after its destination ("reached B from A") goes before it, and so do the stops
    after a word such as "after".
    """
    block: list[Stop] = []
    via: list[str] = []
    at = 0  # where the last stop was put
    previous: Item | None = None
    for item in items:
        if item.role is Role.VIA and (item.mention.is_passage or item.is_passed):
            if not item.mention.is_unplaced:
                via.append(item.mention.key)
            continue
        known = next((i for i, s in enumerate(block) if is_same(s.mention, item.mention)), None)
        if known is not None:
            at = known
            _note(block[known], item)
        else:
            at = _position(block, item, previous, at, after=after, onward=onward)
            stop = _stop(item, span)
            stop.via, via = tuple(via), []
            block.insert(at, stop)
        previous = item
    if via and block:
        block[-1].via = (*block[-1].via, *via)
    for index, stop in enumerate(block):
        # "From China to France" says less than the stops between: they may part its ends.
        is_coarse = stop.mention.is_vast or block[0].mention.is_vast
        stop.is_told_after = index > 0 and not is_coarse
        stop.is_start = stop.is_start and (index == 0 or (stop.is_sibling and block[0].is_start))
    return block


def _position(
    block: list[Stop],
    item: Item,
    previous: Item | None,
    at: int,
    *,
    after: list[int],
    onward: list[int],
) -> int:
    if not block or previous is None:
        return 0
    if item.is_joined:
        return at + 1
    is_way = item.role is Role.VIA and previous.event is item.event
    is_call = item.event is not None and item.event.kind == "call" and item.role is not Role.ORIGIN
    is_ahead = previous.is_goal or previous.is_bound
    if previous.role is Role.DESTINATION and (
        is_way
        or (is_call and is_ahead and not any(previous.word < word < item.word for word in onward))
    ):
        return at
    begin = min(item.word, item.event.first if item.event else item.word)
    if any(previous.word < word < max(begin, item.word) for word in after):
        return at
    if item.role is Role.ORIGIN:
        if any(previous.word < word < item.word for word in onward):
            return len(block)
        same = [i for i, stop in enumerate(block) if stop.event is item.event and item.event]
        if same:
            return same[0]
        kind = item.event.kind if item.event else ""
        is_next_load = (
            kind == "load"
            and item.part != previous.part
            and (previous.event is not None and previous.event.kind == "depart")
        )
        is_later_start = previous.role is Role.ORIGIN and (kind == "depart" or is_next_load)
        return at + 1 if is_later_start else at
    return at + 1


def _stop(item: Item, span: tuple[int, int]) -> Stop:
    stop = Stop(item.mention, span, spans=[span], event=item.event)
    stop.is_start = item.role is Role.ORIGIN
    stop.is_goal = item.is_goal
    stop.is_source = item.is_source
    stop.is_bound = item.is_bound
    stop.is_sibling = item.is_parallel or (item.is_joined and not _is_call(item))
    _note(stop, item)
    return stop


def _is_call(item: Item) -> bool:
    kinds = {"call", "stay", "unload", "pass"}
    return item.role is Role.VIA or (item.event is not None and item.event.kind in kinds)


def _note(stop: Stop, item: Item) -> None:
    """Take over the mode and the date of an item."""
    stop.is_goal = stop.is_goal and item.is_goal
    stop.is_bound = stop.is_bound and item.is_bound
    if item.role is Role.ORIGIN:
        stop.mode_out = stop.mode_out or item.mode
    else:
        stop.mode = stop.mode or item.mode
    if item.date:
        name = "left" if item.role is Role.ORIGIN else "reached"
        setattr(stop, name, getattr(stop, name) or item.date.edtf)
        if item.date.inferred:
            stop.reasons.setdefault(name, item.date.inferred)
