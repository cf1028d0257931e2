// Legs: one pattern and one colour a mode, gaps where the course is not known, arrows.
const PATTERNS = {
  sea: { width: 4 },
  rail: { width: 5, inner: "7 7", innerWidth: 2.2 },
  road: { width: 6, inner: "", innerWidth: 2.4 },
  air: { width: 4, dash: "0.1 9" },
  inland_waterway: { width: 6, inner: "0.1 8", innerWidth: 3 },
  pipeline: { width: 4, dash: "14 5 2 5" },
  unknown: { width: 2.5 },
};
const GAPS = "4 5";

const colours = new Map();
function colour(name) {
  if (!colours.has(name))
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return colours.get(name);
}

function strokes(leg) {
  const pattern = PATTERNS[leg.mode] || PATTERNS.unknown;
  const list = [{ kind: "casing", colour: "halo", weight: pattern.width + 4, opacity: 0.85 }];
  list.push({ kind: "main", colour: leg.mode, weight: pattern.width, dash: pattern.dash });
  if (pattern.inner !== undefined)
    list.push({ kind: "inner", colour: "halo", weight: pattern.innerWidth, dash: pattern.inner });
  return list;
}

// A sample for the legend, drawn like the leg itself.
function sample(mode, gaps) {
  const svg = drawn("svg", { width: 44, height: 14, viewBox: "0 0 44 14", "aria-hidden": "true" });
  const add = (stroke, width, dash) =>
    svg.append(drawn("path", {
      d: "M2 7H42", fill: "none", class: "stroke-" + stroke, "stroke-width": width,
      "stroke-dasharray": dash || "none", "stroke-linecap": dash === "0.1 9" || dash === "0.1 8" ? "round" : "butt",
    }));
  for (const one of strokes({ mode }).slice(1)) add(one.colour, one.weight, one.dash);
  if (gaps) add("panel", 8, GAPS);
  return svg;
}

function arrowsAlong(map, points, spacing) {
  const view = map.getPixelBounds();
  const pad = map.getSize().divideBy(2);
  const low = view.min.subtract(pad), high = view.max.add(pad);
  const zoom = map.getZoom();
  const shapes = [];
  const seen = (at) => at.x > low.x && at.x < high.x && at.y > low.y && at.y < high.y;
  const apart = (a, b, axis) => Math.max(a[axis], b[axis]) < low[axis] || Math.min(a[axis], b[axis]) > high[axis];
  let along = 0;
  let target = spacing / 2;
  const pixels = points.map((point) => map.project(point, zoom));
  let total = 0;
  for (let i = 1; i < pixels.length; i++) total += pixels[i - 1].distanceTo(pixels[i]);
  if (total < 30) return [];
  if (total < spacing) target = total / 2;
  for (let i = 1; i < pixels.length; i++) {
    const from = pixels[i - 1], to = pixels[i];
    const length = from.distanceTo(to);
    if (apart(from, to, "x") || apart(from, to, "y")) {
      if (target <= along + length) target += Math.ceil((along + length - target) / spacing) * spacing;
    } else {
      for (; target <= along + length; target += spacing) {
        const at = from.add(to.subtract(from).multiplyBy((target - along) / length));
        // Lines wiggle more than their course: the arrow follows the course a few pixels round it.
        const back = pointAlong(pixels, i, target - along, -14), ahead = pointAlong(pixels, i, target - along, 14);
        if (seen(at)) shapes.push({ at, turn: Math.atan2(ahead.y - back.y, ahead.x - back.x) });
      }
    }
    along += length;
  }
  return shapes.map(({ at, turn }) => {
    const corner = (along, across) =>
      map.unproject(at.add([along * Math.cos(turn) - across * Math.sin(turn),
        along * Math.sin(turn) + across * Math.cos(turn)]), zoom);
    return [corner(8, 0), corner(-6, 6.5), corner(-3, 0), corner(-6, -6.5)];
  });
}

function pointAlong(pixels, segment, into, offset) {
  let left = into + offset;
  let i = segment;
  while (left < 0 && i > 1) left += pixels[--i - 1].distanceTo(pixels[i]);
  let length = pixels[i - 1].distanceTo(pixels[i]);
  while (left > length && i < pixels.length - 1) {
    left -= length;
    length = pixels[++i - 1].distanceTo(pixels[i]);
  }
  const share = length ? Math.min(1, Math.max(0, left / length)) : 0;
  return pixels[i - 1].add(pixels[i].subtract(pixels[i - 1]).multiplyBy(share));
}

const BLOCK = 36;

// Unknown stretches may be many and short: a block of the line on screen is dashed where they are most of it.
function gapsAlong(map, leg) {
  if (leg.dashed) return [leg.points];
  const zoom = map.getZoom();
  const pixels = leg.points.map((point) => map.project(point, zoom));
  const reach = [0], degrees = [0];
  for (let i = 1; i < pixels.length; i++) {
    reach.push(reach[i - 1] + pixels[i].distanceTo(pixels[i - 1]));
    const [a, b] = [leg.points[i - 1], leg.points[i]];
    degrees.push(degrees[i - 1] + Math.hypot(a[0] - b[0], a[1] - b[1]));
  }
  const total = reach[reach.length - 1];
  const whole = degrees[degrees.length - 1] / 100000;
  const count = Math.max(1, Math.round(total / BLOCK));
  const runs = [];
  let segment = 1, run = null, stretch = 0;
  for (let k = 0; k < count; k++) {
    const piece = [];
    const cut = (distance) => {
      while (segment < pixels.length - 1 && reach[segment] < distance) piece.push(leg.points[segment++]);
      const share = (distance - reach[segment - 1]) / (reach[segment] - reach[segment - 1] || 1);
      const [a, b] = [leg.points[segment - 1], leg.points[segment]];
      piece.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
      return (degrees[segment - 1] + (degrees[segment] - degrees[segment - 1]) * share) / whole;
    };
    const from = cut((total * k) / count);
    const until = cut((total * (k + 1)) / count);
    while (stretch < leg.approx.length && leg.approx[stretch + 1] < from) stretch += 2;
    let unknown = 0;
    for (let i = stretch; i < leg.approx.length && leg.approx[i] < until; i += 2)
      unknown += Math.min(until, leg.approx[i + 1]) - Math.max(from, leg.approx[i]);
    if (unknown * 2 < until - from) run = null;
    else if (run) run.push(...piece.slice(1));
    else runs.push((run = piece));
  }
  return runs;
}

// On a crowded map a leg is one line, without a rim of its own.
function drawLeg(map, leg, renderer, plain) {
  const layers = [];
  const common = { renderer, pane: "legs", interactive: false, smoothFactor: plain ? 1.5 : 0.8, lineJoin: "round" };
  if (leg.points.length > 1) {
    for (const one of strokes(leg))
      if (!plain || one.kind !== "casing")
        layers.push(L.polyline(leg.points, {
          ...common, color: colour(one.colour), weight: plain ? one.weight * 0.6 : one.weight, dashArray: one.dash || null,
          lineCap: one.dash && one.dash.startsWith("0.1") ? "round" : "butt", opacity: one.opacity || 1,
          role: one.colour, className: "leg " + one.kind, interactive: Boolean(plain) && one.kind === "main",
          bubblingMouseEvents: false,
        }));
    if (leg.dashed || leg.approx.length) {
      leg.gaps = L.polyline([], {
        ...common, color: colour("halo"), weight: 9, dashArray: GAPS, lineCap: "butt",
        role: "halo", className: "leg gaps",
      });
      layers.push(leg.gaps);
    }
  }
  if (leg.links.length)
    layers.push(L.polyline(leg.links, {
      ...common, color: colour(leg.mode), weight: 2.5, dashArray: "2 5", role: leg.mode, className: "leg link",
    }));
  if (plain && leg.points.length > 1) {
    leg.hit = layers[0];
    return L.layerGroup(layers);
  }
  leg.arrow = arrowLayer(leg.mode, common);
  layers.push(leg.arrow);
  leg.hit = L.polyline(leg.points.length > 1 ? leg.points : leg.links, {
    ...common, interactive: true, color: "#000", opacity: 0, weight: 22, className: "leg hit",
    bubblingMouseEvents: false,
  });
  layers.push(leg.hit);
  return L.layerGroup(layers);
}

const arrowLayer = (mode, common) =>
  L.polygon([], {
    ...common, color: colour("halo"), weight: 1.2, fillColor: colour(mode), fillOpacity: 1,
    fill: true, role: "halo", fillRole: mode, className: "leg arrow",
  });

function recolour(group) {
  group.eachLayer((layer) => {
    const { role, fillRole } = layer.options;
    if (role) layer.setStyle({ color: colour(role), ...(fillRole ? { fillColor: colour(fillRole) } : {}) });
  });
}
