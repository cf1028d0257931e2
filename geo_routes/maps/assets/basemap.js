// The vector basemap: land, coast, borders and the names of countries.
const WORLD = 360;

function shifted(points, turn) {
  return turn ? points.map(([lat, lon]) => [lat, lon + turn]) : points;
}

function runsOf(ring, keep) {
  const runs = [];
  let run = [ring[0]];
  for (let i = 1; i < ring.length; i++) {
    if (!keep(ring[i - 1], ring[i])) {
      if (run.length > 1) runs.push(run);
      run = [];
    }
    run.push(ring[i]);
  }
  if (run.length > 1) runs.push(run);
  return runs;
}

// Rings are cut at the antimeridian and at the pole; the cut itself is no coast.
const coasts = (ring) => runsOf(ring, (a, b) =>
  !(Math.abs(a[1]) > 179.98 && Math.abs(b[1]) > 179.98) && a[0] > -85 && b[0] > -85);

function turnsFor(bounds) {
  const middle = (bounds[0][1] + bounds[1][1]) / 2;
  const turns = [];
  for (const turn of [-2 * WORLD, -WORLD, 0, WORLD, 2 * WORLD])
    if (Math.abs(turn - middle) < WORLD) turns.push(turn);
  return turns;
}

// Near the stops the coast is fine: a box of water, and fine land upon it, over the coarse map.
function addDetails(base, put) {
  for (const detail of base.details) {
    const [west, south, east, north] = detail.box;
    put("polygon", [[[south, west], [north, west], [north, east], [south, east]]], "water");
    const land = detail.land.map((text) => decode(text, base.fineScale));
    put("polygon", land, "land fine");
    const inside = ([lat, lon]) => lon > west + 0.002 && lon < east - 0.002 && lat > south + 0.002 && lat < north - 0.002;
    const shore = land.flatMap((ring) => runsOf(ring, (a, b) => inside(a) || inside(b)));
    put("polyline", shore, "coast");
  }
}

function addBasemap(map, base, turns) {
  const pane = map.createPane("basemap");
  pane.style.zIndex = 200;
  const renderer = L.svg({ pane: "basemap", padding: 0.3 });
  const put = (kind, lines, className) => {
    const all = [];
    for (const turn of turns) for (const one of lines) all.push(shifted(one, turn));
    if (all.length)
      L[kind](kind === "polygon" ? all.map((ring) => [ring]) : all, {
        renderer, pane: "basemap", interactive: false, className, smoothFactor: 0.7, fillRule: "evenodd",
      }).addTo(map);
  };
  const read = (list) => list.map((text) => decode(text, base.scale));
  const land = read(base.land);
  put("polygon", land, "land");
  put("polyline", land.flatMap(coasts), "coast");
  addDetails(base, put);
  put("polyline", read(base.borders), "border");
  const disputed = read(base.disputed);
  put("polyline", disputed, "border cleared");
  put("polyline", disputed, "border disputed");
}

const NUDGES = [0, -24, 24, -46, 46];
const boxRound = (at, width, height) =>
  [at.x - width / 2, at.y - height / 2, at.x + width / 2, at.y + height / 2];

// Names go where they fit, the largest countries first; stops and their labels come before them.
function addCountryNames(map, base, turns) {
  const pane = map.createPane("countries");
  pane.style.zIndex = 450;
  pane.style.pointerEvents = "none";
  pane.setAttribute("aria-hidden", "true");
  const entries = [];
  for (const [code, lon, lat, rank] of base.names || [])
    for (const turn of turns) entries.push({ code, rank, at: L.latLng(lat, lon + turn) });
  const nodes = new Map();
  return (taken, dots) => {
    const zoom = map.getZoom();
    const size = map.getSize();
    for (const node of nodes.values()) node.hidden = true;
    for (const [index, entry] of entries.entries()) {
      if (entry.rank > zoom) continue;
      const point = map.latLngToContainerPoint(entry.at);
      if (point.x < 0 || point.y < 0 || point.x > size.x || point.y > size.y) continue;
      let node = nodes.get(index);
      if (!node) {
        node = element("div", { class: "country", text: country(entry.code) });
        pane.append(node);
        nodes.set(index, node);
        node.measure = [node.offsetWidth, node.offsetHeight];
      }
      const [width, height] = node.measure;
      const middle = NUDGES.map((nudge) => point.add([0, nudge])).find((at) => {
        const box = boxRound(at, width, height);
        return box[0] > 2 && box[2] < size.x - 2 && !taken.some((other) => overlap(box, other))
          && !dots.some(([x, y]) => x > box[0] && x < box[2] && y > box[1] && y < box[3]);
      });
      if (!middle) continue;
      taken.push(boxRound(middle, width, height));
      node.hidden = false;
      L.DomUtil.setPosition(node, map.containerPointToLayerPoint(middle).subtract([width / 2, height / 2])._round());
    }
  };
}

function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}
