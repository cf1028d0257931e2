// The vector basemap: paths are written once, in Mercator units; zooming only sets a transform.
const WORLD = 360;
const UNITS = 4194304;

function turnsFor(bounds) {
  const middle = (bounds[0][1] + bounds[1][1]) / 2;
  const turns = [];
  for (const turn of [-2 * WORLD, -WORLD, 0, WORLD, 2 * WORLD])
    if (Math.abs(turn - middle) < WORLD) turns.push(turn);
  return turns;
}

function toUnits([lat, lon]) {
  const sine = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
  const north = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [Math.round((lon / 360 + 0.5) * UNITS), Math.round(north * UNITS)];
}

// `drawnEdge` says which edges of a ring are drawn, in degrees; without it the ring is closed.
function pathOf(lines, drawnEdge) {
  const pieces = [];
  for (const points of lines) {
    let [x, y] = toUnits(points[0]);
    pieces.push("M" + x + " " + y + "l");
    for (let i = 1; i < points.length; i++) {
      const [right, down] = toUnits(points[i]);
      if (drawnEdge && !drawnEdge(points[i - 1], points[i])) pieces.push("M" + right + " " + down + "l");
      else pieces.push(right - x, down - y);
      x = right;
      y = down;
    }
    if (!drawnEdge) pieces.push("z");
  }
  return pieces.join(" ").replace(/l (?=[Mz]|$)/g, "").replace(/l$/, "");
}

// Rings are cut at the antimeridian and at the pole; the cut itself is no coast.
const isCoast = (a, b) => !(Math.abs(a[1]) > 179.98 && Math.abs(b[1]) > 179.98) && a[0] > -85 && b[0] > -85;
const everyEdge = () => true;

function basemapPaths(base) {
  const paths = [];
  const put = (className, lines, drawnEdge) => {
    if (lines.length) paths.push({ className, d: pathOf(lines, drawnEdge) });
  };
  const read = (list) => list.map((text) => decode(text, base.scale));
  const land = read(base.land);
  put("land", land);
  put("coast", land, isCoast);
  put("lake", read(base.lakes));
  // Near the stops the coast is fine: a box of water, and fine land upon it, over the coarse map.
  for (const { box: [west, south, east, north], land: rings, lakes } of base.details) {
    const fine = rings.map((text) => decode(text, base.fineScale));
    const inside = ([lat, lon]) => lon > west + 0.002 && lon < east - 0.002 && lat > south + 0.002 && lat < north - 0.002;
    put("water", [[[south, west], [north, west], [north, east], [south, east]]]);
    put("land fine", fine);
    put("coast", fine, (a, b) => inside(a) || inside(b));
    put("lake fine", lakes.map((text) => decode(text, base.fineScale)));
  }
  const disputed = read(base.disputed);
  put("border", read(base.borders), everyEdge);
  put("border cleared", disputed, everyEdge);
  put("border disputed", disputed, everyEdge);
  return paths;
}

let drawnBasemap = null;

// The paths are kept once in the document; each map and each turn of the globe refers to them.
function basemapGroup(base, turns) {
  if (!drawnBasemap) {
    drawnBasemap = basemapPaths(base);
    const store = drawn("svg", { width: 0, height: 0, "aria-hidden": "true", class: "store" });
    const defs = drawn("defs", {});
    drawnBasemap.forEach(({ className, d }, index) => defs.append(drawn("path", { id: "base" + index, class: className, d })));
    store.append(defs);
    document.body.append(store);
  }
  const group = drawn("g", {});
  drawnBasemap.forEach((_, index) => {
    for (const turn of turns) group.append(drawn("use", { href: "#base" + index, x: (turn / 360) * UNITS }));
  });
  return group;
}

const Basemap = L.SVG.extend({
  initialize(base, turns) {
    L.SVG.prototype.initialize.call(this, { pane: "basemap", padding: 0.4 });
    this._base = base;
    this._turns = turns;
  },
  _initContainer() {
    L.SVG.prototype._initContainer.call(this);
    this._world = basemapGroup(this._base, this._turns);
    this._container.append(this._world);
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.SVG.prototype._update.call(this);
    const scale = this._map.options.crs.scale(this._map.getZoom()) / UNITS;
    const origin = this._map.getPixelOrigin();
    this._world.setAttribute("transform", `translate(${-origin.x} ${-origin.y}) scale(${scale})`);
  },
});

function addBasemap(map, base, turns) {
  map.createPane("basemap").style.zIndex = 200;
  new Basemap(base, turns).addTo(map);
}

// A name moves up or down by at most these shares of its country's size, so that it stays inside.
const NUDGES = [0, -0.06, 0.06, -0.14, 0.14, -0.28, 0.28];
// What a country measures, the root of its area, at the zoom from which its name fits.
const NAMED_FROM = 64;
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
      const extent = NAMED_FROM * 2 ** (zoom - entry.rank);
      const middle = NUDGES.map((nudge) => point.add([0, nudge * extent])).find((at) => {
        const box = boxRound(at, width, height);
        return box[0] > 2 && box[2] < size.x - 2 && !taken.some((other) => overlap(box, other))
          && !dots.some(([x, y]) => x > box[0] && x < box[2] && y > box[1] && y < box[3]);
      });
      if (!middle) {
        node.hidden = true;
        continue;
      }
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
