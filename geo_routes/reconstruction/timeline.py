"""Order the stops that a report tells, in whatever order it tells them, into one journey."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from geo_routes.dates import bounds
from geo_routes.itinerary import Mode, Status
from geo_routes.reconstruction.places import Mention
from geo_routes.reconstruction.sentences import Item, Role


@dataclass(slots=True)
class Stop:
    """One call of the journey: how it was reached, when, and which sentences tell it."""

    mention: Mention
    span: tuple[int, int]
    mode: Mode | None = None
    reached: str = ""
    left: str = ""
    mode_before: Mode | None = None  # told in the sentences before
    is_start: bool = False
    is_told_after: bool = False  # the sentence itself joins it to the stop before
    via: tuple[str, ...] = ()
    spans: list[tuple[int, int]] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Id of the place."""
        return self.mention.key

    def days(self) -> tuple[date, date] | None:
        """First and last day on which the journey was here."""
        found = [b for b in (bounds(self.reached), bounds(self.left)) if b]
        return (min(b[0] for b in found), max(b[1] for b in found)) if found else None


@dataclass(slots=True)
class Journey:
    """Stops in the order of travel; `cursor` is the stop that the report speaks of now."""

    stops: list[Stop] = field(default_factory=list)
    cursor: int = -1
    branches: list[list[Stop]] = field(default_factory=list)

    @property
    def here(self) -> Stop | None:
        """The stop that the report spoke of last."""
        return self.stops[self.cursor] if self.stops else None

    def add(self, block: list[Stop], *, is_earlier: bool, is_carried: bool) -> None:
        """Fit the stops of one sentence into the journey."""
        if not block:
            return
        if not self.stops:
            self.stops = list(block)
            self.cursor = len(block) - 1
            return
        at = self._find(block[0])
        if at is None and len(block) > 1 and (end := self._find(block[-1])) is not None:
            self._lead_in(block, end)
            return
        if at is None:
            at = self._place(block, is_earlier=is_earlier, is_carried=is_carried)
            if at is None:
                return
        else:
            self._merge(at, block[0])
        self.cursor = at
        for stop in block[1:]:
            self._follow(stop)

    def _lead_in(self, block: list[Stop], end: int) -> None:
        """Fit in how the cargo came to a stop that the report told before."""
        if end and self.stops[end].is_told_after:
            self.branches.append(block)
            self.cursor = end
            return
        self._merge(end, block[-1])
        self.stops[end:end] = block[:-1]
        self.cursor = end + len(block) - 1

    def _find(self, stop: Stop) -> int | None:
        for index in range(len(self.stops) - 1, -1, -1):
            known = self.stops[index]
            if known.key != stop.key:
                continue
            days, others = stop.days(), known.days()
            # Left before it was reached: another call at the same place.
            if stop.is_start and days and others and known.reached and days[1] < others[0]:
                continue
            if not stop.is_start and days and others and known.left and days[0] > others[1]:
                continue
            if stop.reached and known.reached and days and others and days[1] < others[0]:
                continue
            return index
        return None

    def _place(self, block: list[Stop], *, is_earlier: bool, is_carried: bool) -> int | None:
        """Insert the first stop of a block where its dates or its words put it."""
        first = block[0]
        head = self.stops[0]
        days = next((d for d in (stop.days() for stop in block) if d), None)
        known = [(i, stop.days()) for i, stop in enumerate(self.stops)]
        later = [i for i, other in known if days and other and other[0] > days[1]]
        if later:
            at = min(later)
        elif not head.is_start and (is_earlier or (first.is_start and not head.is_told_after)):
            at = 0
        elif is_carried or first.is_start:
            at = self.cursor + 1
        else:
            return None
        self.stops.insert(at, first)
        return at

    def _follow(self, stop: Stop) -> None:
        """Go on from the cursor to the next stop of the same sentence."""
        following = self.cursor + 1
        for index in range(following, len(self.stops)):
            if self.stops[index].key == stop.key:
                self._merge(index, stop)
                self.cursor = index
                return
        self.stops.insert(following, stop)
        self.cursor = following

    def _merge(self, index: int, stop: Stop) -> None:
        known = self.stops[index]
        known.reached = known.reached or stop.reached
        known.left = known.left or stop.left
        known.is_start = known.is_start or (stop.is_start and index == 0)
        known.via = known.via or stop.via
        known.reasons = stop.reasons | known.reasons
        if stop.mode and (known.mode is None or stop.is_told_after):
            known.mode = stop.mode
        known.is_told_after = known.is_told_after or stop.is_told_after
        if stop.span not in known.spans:
            known.spans += stop.spans


def order_items(items: list[Item], after: list[int]) -> list[Item]:
    """
    Put the places of one sentence into the order of travel.

    An origin told after its destination ("reached B from A") goes before it, and so do the stops
    after a word such as "after".
    """
    ordered: list[Item] = []
    for item in items:
        is_origin = item.role is Role.ORIGIN
        known = any(other.mention.key == item.mention.key for other in ordered)
        marked = [
            p for p in after if ordered and ordered[-1].mention.end <= p <= item.mention.start
        ]
        if (is_origin or marked) and not known and ordered:
            at = len(ordered)
            while at and ordered[at - 1].role in {Role.DESTINATION, Role.STOP}:
                at -= 1
                if marked:
                    break
            ordered.insert(at, item)
        else:
            ordered.append(item)
    return ordered


def make_block(
    items: list[Item], span: tuple[int, int], modes: dict[int, Mode | None]
) -> list[Stop]:
    """Turn the ordered places of a sentence into stops; passages go with the stop after them."""
    block: list[Stop] = []
    via: list[str] = []
    for item in items:
        if item.role is Role.VIA:
            via.append(item.mention.key)
            continue
        if block and block[-1].key == item.mention.key:
            stop = block[-1]
        else:
            stop = Stop(item.mention, span, mode=modes.get(item.mention.start), spans=[span])
            stop.is_told_after = bool(block)
            stop.is_start = item.role is Role.ORIGIN and not block
            stop.via, via = tuple(via), []
            block.append(stop)
        if item.date:
            name = "left" if item.role is Role.ORIGIN else "reached"
            setattr(stop, name, getattr(stop, name) or item.date.edtf)
            if item.date.inferred:
                stop.reasons.setdefault(name, item.date.inferred)
    return block


def is_completed(item: Item) -> bool:
    """Whether the clause of a place tells what happened."""
    return item.status is Status.REPORTED
