// The vector basemap: land, coast, borders and the names of countries.
const WORLD = 360;

function shifted(points, turn) {
  return turn ? points.map(([lat, lon]) => [lat, lon + turn]) : points;
}

// Rings are cut at the antimeridian; the cut itself is no coast.
function coasts(ring) {
  const runs = [];
  let run = [ring[0]];
  for (let i = 1; i < ring.length; i++) {
    const cut = Math.abs(ring[i][1]) > 179.99 && Math.abs(ring[i - 1][1]) > 179.99;
    const pole = ring[i][0] < -85 || ring[i - 1][0] < -85;
    if (cut || pole) {
      if (run.length > 1) runs.push(run);
      run = [];
    }
    run.push(ring[i]);
  }
  if (run.length > 1) runs.push(run);
  return runs;
}

function turnsFor(bounds) {
  const middle = (bounds[0][1] + bounds[1][1]) / 2;
  const turns = [];
  for (const turn of [-2 * WORLD, -WORLD, 0, WORLD, 2 * WORLD])
    if (Math.abs(turn - middle) < WORLD) turns.push(turn);
  return turns;
}

function addBasemap(map, base, turns) {
  const pane = map.createPane("basemap");
  pane.style.zIndex = 200;
  const renderer = L.svg({ pane: "basemap", padding: 0.3 });
  const put = (kind, lines, className, options) => {
    const all = [];
    for (const turn of turns) for (const one of lines) all.push(shifted(one, turn));
    if (all.length)
      L[kind](kind === "polygon" ? all.map((ring) => [ring]) : all, {
        renderer, pane: "basemap", interactive: false, className, smoothFactor: 0.7, ...options,
      }).addTo(map);
  };
  const read = (list) => list.map((text) => decode(text, base.scale));
  const land = read(base.land);
  put("polygon", land, "land", { fillRule: "evenodd" });
  if (base.lakes) put("polygon", read(base.lakes), "lakes");
  put("polyline", land.flatMap(coasts), "coast");
  put("polyline", read(base.borders), "border");
  if (base.disputed) put("polyline", read(base.disputed), "border disputed");
}

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
  return (taken) => {
    const zoom = map.getZoom();
    const size = map.getSize();
    for (const node of nodes.values()) node.hidden = true;
    for (const [index, entry] of entries.entries()) {
      if (entry.rank > zoom + 1.5) continue;
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
      const box = [point.x - width / 2, point.y - height / 2, point.x + width / 2, point.y + height / 2];
      if (box[0] < 2 || box[2] > size.x - 2 || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      node.hidden = false;
      L.DomUtil.setPosition(node, map.latLngToLayerPoint(entry.at).subtract([width / 2, height / 2])._round());
    }
  };
}

function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}
