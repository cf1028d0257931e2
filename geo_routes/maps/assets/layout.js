// Numbered stops that stay apart, and labels that do not collide.
const RADIUS = 13;
const APART = 2 * RADIUS + 4;

function groupsOf(points) {
  const group = points.map((_, i) => i);
  const root = (i) => (group[i] === i ? i : (group[i] = root(group[i])));
  for (let i = 0; i < points.length; i++)
    for (let j = 0; j < i; j++)
      if (points[i].distanceTo(points[j]) < APART) group[root(i)] = root(j);
  const members = new Map();
  points.forEach((_, i) => {
    const key = root(i);
    members.set(key, [...(members.get(key) || []), i]);
  });
  return [...members.values()].filter((list) => list.length > 1);
}

// Stops that would overlap are fanned out round their middle, each on its own side.
function fan(points) {
  const placed = points.map((point) => point.clone());
  for (let pass = 0; pass < 4; pass++) {
    const crowded = groupsOf(placed);
    if (!crowded.length) break;
    for (const members of crowded) {
      let middle = L.point(0, 0);
      for (const i of members) middle = middle.add(points[i]);
      middle = middle.divideBy(members.length);
      const bearing = (i) => Math.atan2(points[i].y - middle.y, points[i].x - middle.x);
      const sorted = [...members].sort((a, b) => bearing(a) - bearing(b) || a - b);
      const radius = Math.max(APART / 2 + 1, (APART * sorted.length) / (2 * Math.PI)) + 4 * pass;
      const start = bearing(sorted[0]);
      sorted.forEach((i, k) => {
        const angle = start + (2 * Math.PI * k) / sorted.length;
        placed[i] = middle.add([radius * Math.cos(angle), radius * Math.sin(angle)]);
      });
    }
  }
  return placed;
}

// Where a label may stand by its stop: beside it first, then above and below, then at the corners.
const SIDES = [
  [1, 0], [-1, 0], [1, -0.5], [1, 0.5], [-1, -0.5], [-1, 0.5], [0, -1], [0, 1],
  [0.5, -1], [0.5, 1], [-0.5, -1], [-0.5, 1], [1, -1], [1, 1], [-1, -1], [-1, 1],
];
const GAP = 6;
// A stop's label may move away from it, and is then tied to it by a line; a reference's may not.
const AWAY = [0, 14, 34, 62, 96];
const AWAY_COST = [0, 30, 70, 130, 190];
const TIED = 1;
const SHAPE_COST = 12;
const CUT_COST = 80;
const DOUBT_COST = 25;
const MOST_RIVALS = 60;

const MARGIN = 3;
const within = (start, extent, whole) => Math.max(MARGIN, Math.min(start, whole - MARGIN - extent));

// A label beside a stop slides up or down, one above or below it to the left or right, rather than leave the view.
function boxAt(point, side, reach, [width, height], size) {
  const [beside, above] = [Math.abs(side[0]) === 1, Math.abs(side[1]) === 1];
  const gap = beside && above ? reach * 0.6 : reach;
  let x = point.x + side[0] * (width / 2 + gap) - width / 2;
  let y = point.y + side[1] * (height / 2 + gap) - height / 2;
  if (!above) y = within(y, height, size.y);
  if (!beside) x = within(x, width, size.x);
  return [x, y, x + width, y + height];
}

const inside = (box, size) => box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2;

function hitsOf(box, dots) {
  let hits = 0;
  for (const [x, y] of dots)
    if (x > box[0] - 3 && x < box[2] + 3 && y > box[1] - 3 && y < box[3] + 3) hits++;
  return Math.min(hits, 12);
}

const nearestOf = (point, box) =>
  L.point(Math.max(box[0], Math.min(point.x, box[2])), Math.max(box[1], Math.min(point.y, box[3])));

// The line from a stop to the nearest point of a label that had to move away.
const tieOf = (point, box) => [point, nearestOf(point, box)];

// Small boxes along that line, outside the stop itself: it crosses no label, and no label is put on it.
function tieBoxes(point, box) {
  const end = nearestOf(point, box);
  const extent = point.distanceTo(end);
  const boxes = [];
  for (let far = 1.5 * RADIUS; far < extent; far += 5) {
    const at = point.add(end.subtract(point).multiplyBy(far / extent));
    boxes.push([at.x - 2, at.y - 2, at.x + 2, at.y + 2]);
  }
  return boxes;
}

// The cheapest free spot: near, on the first side, in the first shape, off the route, no nearer to another stop.
function bestSpot(item, taken, dots, size) {
  let best = null;
  for (let ring = 0; ring < (item.minor || item.near ? 1 : AWAY.length); ring++) {
    if (best && best.cost <= AWAY_COST[ring]) break;
    const reach = (item.minor ? 4 : RADIUS) + GAP + AWAY[ring];
    for (let shape = 0; shape < item.shapes.length; shape++)
      SIDES.forEach((side, order) => {
        const least = AWAY_COST[ring] + shape * SHAPE_COST + (item.shapes[shape][2] ? CUT_COST : 0) + order * 4;
        if (best && best.cost <= least) return;
        const box = boxAt(item.point, side, reach, item.shapes[shape], size);
        if (!inside(box, size) || taken.some((other) => overlap(box, other) > 4)) return;
        const hits = hitsOf(box, dots);
        if (hits > item.mostHits) return;
        const own = item.point.distanceTo(nearestOf(item.point, box));
        const doubtful = item.rivals.some((rival) => rival.distanceTo(nearestOf(rival, box)) <= own);
        const cost = least + hits * 18 + (doubtful ? DOUBT_COST : 0);
        if (best && best.cost <= cost) return;
        const tied = !item.minor && (doubtful || ring >= TIED);
        const tie = tied ? tieBoxes(item.point, box) : [];
        if (!tie.some((part) => taken.some((other) => overlap(part, other)))) best = { box, cost, side, shape, tie };
      });
  }
  return best;
}

const inView = ({ point }, size) =>
  point.x > -RADIUS && point.y > -RADIUS && point.x < size.x + RADIUS && point.y < size.y + RADIUS;
const ROUNDS = 4;
const MISSED_COST = 1000;

// Give every stop's label its cheapest spot. Those that come off worst choose first in the next round; the
// round that is cheapest as a whole counts.
function placeStops(stops, taken, put) {
  let order = stops;
  let found = null;
  for (let round = 0; round < ROUNDS; round++) {
    const boxes = [...taken];
    const spots = new Map(order.map((item) => [item, put(item, boxes)]));
    const costOf = (item) => (spots.get(item) ? spots.get(item).cost : MISSED_COST);
    const cost = order.reduce((sum, item) => sum + costOf(item), 0);
    if (!found || cost < found.cost) found = { spots, boxes, cost };
    if (order.length < 2 || order.length > MOST_RIVALS) break;
    order = [...order].sort((a, b) => costOf(b) - costOf(a));
  }
  return found;
}

// Stops' labels come first; a reference's is left out where it finds no room, and its place stays in the popup.
function placeLabels(items, taken, dots, size) {
  const stops = items.filter((item) => !item.minor && inView(item, size));
  for (const item of items) {
    item.rivals = stops.length > MOST_RIVALS ? [] : stops.filter((stop) => stop !== item).map((stop) => stop.point);
    item.mostHits = item.mostHits ?? (item.minor ? 2 : Infinity);
  }
  const put = (item, boxes) => {
    const spot = bestSpot(item, boxes, dots, size);
    if (spot) boxes.push([spot.box[0] - 2, spot.box[1] - 1, spot.box[2] + 2, spot.box[3] + 1], ...spot.tie);
    return spot;
  };
  const { spots, boxes } = placeStops(stops, taken, put);
  taken.push(...boxes.slice(taken.length));
  for (const item of items)
    if (item.minor && inView(item, size) && !item.covered) spots.set(item, put(item, taken));
  return items.map((item) => spots.get(item) || null);
}
