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

const SIDES = [
  [1, 0], [-1, 0], [0.9, -0.8], [0.9, 0.8], [-0.9, -0.8], [-0.9, 0.8], [0, -1], [0, 1],
  [1.8, -0.6], [1.8, 0.6], [-1.8, -0.6], [-1.8, 0.6], [0, -2.1], [0, 2.1],
];

function boxAt(point, side, width, height) {
  const reach = RADIUS + 6;
  const x = point.x + side[0] * reach + (side[0] > 0.2 ? 0 : side[0] < -0.2 ? -width : -width / 2);
  const y = point.y + side[1] * reach + (side[1] > 0.9 ? 0 : side[1] < -0.9 ? -height : -height / 2);
  return [x, y, x + width, y + height];
}

const inside = (box, size) => box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2;

function costOf(box, order, dots) {
  let cost = order * 6;
  let hits = 0;
  for (const [x, y] of dots)
    if (x > box[0] - 3 && x < box[2] + 3 && y > box[1] - 3 && y < box[3] + 3) hits++;
  return cost + Math.min(hits, 12) * 18;
}

// Give every label the free side that costs least; what cannot be placed stays in the table.
function placeLabels(items, taken, dots, size) {
  return items.map((item) => {
    const inView = item.point.x > -RADIUS && item.point.y > -RADIUS
      && item.point.x < size.x + RADIUS && item.point.y < size.y + RADIUS;
    if (!inView) return null;
    let best = null;
    SIDES.forEach((side, order) => {
      const box = boxAt(item.point, side, item.width, item.height);
      if (!inside(box, size) || taken.some((other) => overlap(box, other) > 4)) return;
      const cost = costOf(box, order, dots);
      if (!best || cost < best.cost) best = { box, cost };
    });
    if (!best) return null;
    taken.push([best.box[0] - 2, best.box[1] - 1, best.box[2] + 2, best.box[3] + 1]);
    return best.box;
  });
}
