// The map itself.
const state = {
  modes: new Set(Object.keys(PATTERNS)), claims: new Set(), regions: true, corridors: true, references: true, time: null,
};
const crowded = data.legs.length > 250;

for (const leg of data.legs) {
  leg.points = leg.line ? line(leg.line) : [];
  leg.approx = leg.approx || [];
  leg.links = (leg.links || []).map(line);
  leg.corridor = (leg.corridor || []).map(line);
  leg.origin = data.stops[leg.from].name;
  leg.destination = data.stops[leg.to].name;
}
for (const stop of data.stops) {
  stop.legs = [];
  stop.rings = (stop.rings || []).map(line);
}
for (const leg of data.legs) for (const end of new Set([leg.from, leg.to])) data.stops[end].legs.push(leg);

const visible = (leg) =>
  state.modes.has(leg.mode) && (leg.completed || state.claims.has(leg.claim))
  && (state.time === null || !leg.window || leg.window[0] <= state.time);

function routeBounds() {
  const shown = data.legs.filter((leg) => leg.completed);
  const bounds = L.latLngBounds([]);
  for (const leg of shown.length ? shown : data.legs) {
    for (const point of leg.points) bounds.extend(point);
    for (const end of [leg.from, leg.to]) {
      const stop = data.stops[end];
      if (stop.lat !== null) bounds.extend([stop.lat, stop.lon]);
      for (const ring of stop.rings) for (const point of ring) bounds.extend(point);
    }
  }
  return bounds.isValid() ? bounds : L.latLngBounds([[-50, -170], [70, 170]]);
}
const bounds = routeBounds();

// On a phone the map is as high as the route needs, so that what is said of it stays in sight;
// else it leaves room for the slider and the table's heading.
function shapeMap() {
  const node = document.getElementById("map");
  if (innerWidth > 700) {
    const above = document.querySelector("header").offsetHeight;
    return (node.style.height = Math.max(380, innerHeight - above - 90) + "px");
  }
  const [low, high] = [bounds.getSouthWest(), bounds.getNorthEast()].map((at) => L.CRS.EPSG3857.latLngToPoint(at, 0));
  const aspect = (low.y - high.y) / Math.max(high.x - low.x, 0.01);
  const wanted = (innerWidth - 90) * aspect + 260;
  return (node.style.height = Math.round(Math.min(Math.max(wanted, 400), Math.max(400, innerHeight - 190))) + "px");
}
shapeMap();

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map("map", {
  zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.75, wheelPxPerZoomLevel: 90,
  minZoom: 0.5, maxZoom: 14, worldCopyJump: false, maxBoundsViscosity: 0.9, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm,
});
window[data.name] = map;

let ready = false;
let closeUp = null;
const legend = panel(state, redraw);

let foot = 48;
function fit() {
  const width = map.getSize().x;
  const right = width > 600 && legend.open ? Math.min(270, width / 3.4) : 36;
  map.fitBounds(bounds, { paddingTopLeft: [58, 36], paddingBottomRight: [right, foot], maxZoom: 9, animate: false });
}

const centre = bounds.getCenter();
map.setMaxBounds([[-86, centre.lng - 300], [88, centre.lng + 300]]);
map.setView(centre, 3, { animate: false });

const turns = turnsFor([[bounds.getSouth(), bounds.getWest()], [bounds.getNorth(), bounds.getEast()]]);
addControls();
addTexts();
fit();
addBasemap(map, data.basemap, turns);
const nameCountries = addCountryNames(map, data.basemap, turns);
if (data.tiles) {
  L.tileLayer(data.tiles.url, { maxZoom: 19, attribution: "" }).addTo(map);
  map.getPane("tilePane").style.zIndex = 250;
}

for (const [name, level] of [["regions", 350], ["legs", 400], ["leaders", 590]]) {
  map.createPane(name);
  map.getPane(name).style.zIndex = level;
}
map.getPane("leaders").style.pointerEvents = "none";
const vectors = { regions: L.svg({ pane: "regions", padding: 0.3 }), leaders: L.svg({ pane: "leaders", padding: 0.3 }) };
vectors.legs = crowded ? L.canvas({ pane: "legs", padding: 0.2, tolerance: 6 }) : L.svg({ pane: "legs", padding: 0.3 });

// Regions: hatched, for what a source names no closer.
const regionLayers = new Map();
for (const stop of data.stops) {
  const shape = { renderer: vectors.regions, pane: "regions", className: "region", interactive: false };
  if (stop.rings.length) regionLayers.set(stop, L.polygon(stop.rings.map((ring) => [ring]), shape));
  else if (stop.lat !== null && stop.radius >= 1)
    regionLayers.set(stop, L.circle([stop.lat, stop.lon], { ...shape, radius: stop.radius * 1000 }));
}
const corridorLayers = new Map();
for (const leg of data.legs)
  if (leg.corridor.length)
    corridorLayers.set(leg, L.polygon(leg.corridor.map((ring) => [ring]), {
      renderer: vectors.regions, pane: "regions", className: "corridor", interactive: false,
    }));
function hatch() {
  const root = vectors.regions._container;
  if (!root || root.querySelector("pattern")) return;
  const defs = drawn("defs", {});
  const pattern = drawn("pattern", {
    id: "hatch", width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  });
  pattern.append(drawn("rect", { width: 9, height: 9, class: "hatch-ground" }), drawn("path", { d: "M0 0V9", class: "hatch-line" }));
  defs.append(pattern);
  root.prepend(defs);
}

const narrow = innerWidth <= 700;
const popup = {
  maxWidth: Math.min(360, innerWidth - 50), minWidth: 220, maxHeight: Math.min(330, map.getSize().y - 90),
  autoPanPaddingTopLeft: narrow ? [8, 8] : [56, 16], autoPanPaddingBottomRight: [8, 20],
};
const clearOfLegend = () =>
  (popup.autoPanPaddingBottomRight = [!narrow && legend.open ? legend.offsetWidth + 24 : 8, 20]);

function openLeg(leg, at) {
  const spot = at || (leg.points.length ? leg.points[Math.floor(leg.points.length / 2)] : null);
  clearOfLegend();
  if (spot) L.popup(popup).setLatLng(spot).setContent(legPopup(leg)).openOn(map);
}

function show(leg) {
  if (!leg.completed) state.claims.add(leg.claim);
  redraw();
  const box = L.latLngBounds(leg.points.length ? leg.points : leg.links.flat());
  if (!box.isValid()) return;
  map.fitBounds(box, { padding: [50, 50], maxZoom: 9 });
  openLeg(leg);
  document.getElementById("map").scrollIntoView({ block: "nearest" });
}

for (const leg of data.legs) {
  leg.layer = drawLeg(map, leg, vectors.legs, crowded);
  leg.hit.on("click", (event) => openLeg(leg, event.latlng));
  leg.hit.on("mouseover", () => map.getContainer().classList.add("pointing"));
  leg.hit.on("mouseout", () => map.getContainer().classList.remove("pointing"));
}

function reachable(leg) {
  const path = leg.hit.getElement && leg.hit.getElement();
  if (!path || path.hasAttribute("tabindex")) return;
  path.setAttribute("tabindex", "0");
  path.setAttribute("role", "button");
  path.setAttribute("aria-label", say("leg_n", { n: leg.number }) + ": " + modeOf(leg) + ", " + leg.origin + " → " + leg.destination);
  path.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      openLeg(leg);
    }
  });
}

function markerOf(stop, index) {
  const face = element("div", { class: "stop" + (stop.vague ? " vague" : "") });
  face.append(element("span", { class: "disc", text: stop.number ? String(stop.number) : "" }), " ");
  stop.label = element("span", { class: "label", dir: "auto", text: stop.short || stop.name, "aria-hidden": "true" });
  face.append(stop.label);
  const marker = L.marker([stop.lat, stop.lon], {
    icon: L.divIcon({ className: "pin", html: face, iconSize: [2 * RADIUS, 2 * RADIUS] }),
    keyboard: true, zIndexOffset: 1000 - index, riseOnHover: true,
  });
  marker.on("click keypress", () => {
    marker.getPopup().options.autoPanPaddingBottomRight = clearOfLegend();
  });
  marker.bindPopup(() => stopPopup(stop), { ...popup, offset: [0, -8] });
  marker.on("add", () => {
    const node = marker.getElement();
    node.setAttribute("aria-label", (stop.number ? stop.number + " " : "") + (stop.short || stop.name));
  });
  return marker;
}

const placed = data.stops.filter((stop) => stop.lat !== null);
placed.forEach((stop, index) => (stop.marker = markerOf(stop, index)));
const references = L.layerGroup(data.references.map((place) => {
  const dot = L.circleMarker([place.lat, place.lon], {
    renderer: vectors.leaders, pane: "leaders", radius: 4, className: "refdot", interactive: false,
  });
  place.label = element("span", { class: "label small", dir: "auto", "aria-hidden": "true", text: place.short || place.name });
  place.marker = L.marker([place.lat, place.lon], {
    icon: L.divIcon({ className: "pin dot", html: element("div", { class: "stop" }, place.label), iconSize: [24, 24] }),
    keyboard: true,
  });
  place.marker.bindPopup(() => stopPopup(place), popup);
  place.marker.on("add", () => place.marker.getElement().setAttribute("aria-label", (place.short || place.name) + ", " + say("reference")));
  return L.layerGroup([dot, place.marker]);
}));
const leaders = L.layerGroup().addTo(map);

const toggle = (layer, on) => (on ? layer.addTo(map) : layer.remove());

function redraw() {
  if (!ready) return;
  for (const leg of data.legs) {
    const on = visible(leg);
    if (on !== map.hasLayer(leg.layer)) toggle(leg.layer, on);
    if (on && !crowded) reachable(leg);
    const corridor = corridorLayers.get(leg);
    if (corridor) toggle(corridor, on && state.corridors);
  }
  for (const stop of placed) {
    stop.on = stop.legs.some(visible);
    if (stop.on !== map.hasLayer(stop.marker)) toggle(stop.marker, stop.on);
    const region = regionLayers.get(stop);
    if (region) toggle(region, stop.on && state.regions);
  }
  toggle(references, state.references);
  hatch();
  layout();
}

function controlBoxes() {
  const frame = map.getContainer().getBoundingClientRect();
  return [...map.getContainer().querySelectorAll(".leaflet-control")].map((node) => {
    const box = node.getBoundingClientRect();
    return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
  }).filter((box) => box[2] > box[0]);
}

// Points along the legs on screen, which labels had better not cover.
function legDots(target, legs, size) {
  const dots = [];
  for (const leg of legs.slice(0, 100)) {
    const pixels = leg.points.map((point) => target.latLngToContainerPoint(point));
    for (let i = 1; i < pixels.length; i++) {
      const a = pixels[i - 1], b = pixels[i];
      if (Math.max(a.x, b.x) < 0 || Math.min(a.x, b.x) > size.x) continue;
      const steps = Math.min(60, Math.ceil(a.distanceTo(b) / 12));
      for (let k = 0; k < steps; k++) dots.push([a.x + ((b.x - a.x) * k) / steps, a.y + ((b.y - a.y) * k) / steps]);
    }
  }
  return dots;
}

// A label as broad as its lines are, in each of the shapes that its name may be wrapped to, and whether it is cut short.
function shapesOf(node, shapes) {
  node.style.width = "";
  return shapes.map((shape) => {
    node.dataset.shape = shape;
    const text = document.createRange();
    text.selectNodeContents(node);
    return [Math.ceil(text.getBoundingClientRect().width) + 1, node.offsetHeight, node.scrollHeight > node.offsetHeight + 2];
  });
}

// Place the labels; the lines to those that had to move away from their stop are returned.
function labelAll(items, taken, dots, size) {
  const shapes = items.length > 60 ? ["plain"] : ["plain", "narrow", "broad"];
  for (const item of items) {
    const { node } = item;
    node.hidden = false;
    if (!node.measure && node.offsetWidth) node.measure = shapesOf(node, item.minor ? shapes.slice(0, 1) : shapes);
    item.shapes = node.measure || [[60, 16, false]];
  }
  const tied = [];
  placeLabels(items, taken, dots, size).forEach((spot, i) => {
    const { node, point, minor } = items[i];
    node.hidden = !spot;
    if (!spot) return;
    const half = minor ? 12 : RADIUS;
    node.dataset.shape = shapes[spot.shape];
    node.style.width = spot.box[2] - spot.box[0] + "px";
    node.style.textAlign = spot.side[0] > 0 ? "left" : spot.side[0] < 0 ? "right" : "center";
    node.style.left = Math.round(spot.box[0] - point.x + half) + "px";
    node.style.top = Math.round(spot.box[1] - point.y + half) + "px";
    if (spot.tie.length) tied.push(tieOf(point, spot.box));
  });
  return tied;
}

// A crowded map has one layer of arrows a mode, and no two arrows on one spot.
function arrowsTogether(legs) {
  const zoom = map.getZoom();
  if (arrowsTogether.done === zoom + "/" + legs.length && map.getPixelBounds().intersects(arrowsTogether.view)) return;
  arrowsTogether.done = zoom + "/" + legs.length;
  arrowsTogether.view = map.getPixelBounds();
  const taken = new Set();
  const found = new Map();
  for (const leg of legs) {
    if (leg.points.length < 2) continue;
    for (const corners of arrowsAlong(map, leg.points, 260)) {
      const at = map.project(corners[0], zoom);
      const spot = Math.round(at.x / 24) + "/" + Math.round(at.y / 24);
      if (taken.has(spot)) continue;
      taken.add(spot);
      if (!found.has(leg.mode)) found.set(leg.mode, []);
      found.get(leg.mode).push([corners]);
    }
  }
  if (arrowsTogether.layer) arrowsTogether.layer.remove();
  arrowsTogether.layer = L.layerGroup([...found].map(([mode, shapes]) =>
    arrowLayer(mode, { renderer: vectors.leaders, pane: "leaders", interactive: false }).setLatLngs(shapes))).addTo(map);
}

// Stops and labels are laid out anew for each view.
function layout() {
  if (!ready) return;
  const size = map.getSize();
  const stops = placed.filter((stop) => stop.on);
  const actual = stops.map((stop) => map.latLngToContainerPoint([stop.lat, stop.lon]));
  const points = stops.length > 150 ? actual : fan(actual);
  leaders.clearLayers();
  stops.forEach((stop, i) => {
    const at = map.containerPointToLatLng(points[i]);
    stop.marker.setLatLng(at);
    if (points[i].distanceTo(actual[i]) > 3)
      leaders.addLayer(L.polyline([[stop.lat, stop.lon], at], {
        renderer: vectors.leaders, pane: "leaders", className: "leader", interactive: false,
      })).addLayer(L.circleMarker([stop.lat, stop.lon], {
        renderer: vectors.leaders, pane: "leaders", radius: 3, className: "anchor", interactive: false,
      }));
  });
  if (closeUp) closeUp.update();
  const taken = controlBoxes();
  for (const point of points) taken.push([point.x - RADIUS, point.y - RADIUS, point.x + RADIUS, point.y + RADIUS]);
  const items = stops.map((stop, i) => ({ node: stop.label, point: points[i] }));
  const shown = data.legs.filter(visible);
  const dots = legDots(map, shown, size);
  if (state.references)
    for (const place of data.references) {
      const point = map.latLngToContainerPoint([place.lat, place.lon]);
      // A stop that hides a reference's dot hides the reference, until the reader comes closer: nobody
      // could tell what its name belongs to, nor point at it.
      const covered = points.some((stop) => stop.distanceTo(point) < RADIUS);
      place.marker.getElement().hidden = covered;
      items.push({ node: place.label, point, minor: true, covered });
      dots.push([point.x, point.y]);
    }
  for (const ends of labelAll(items, taken, dots, size))
    leaders.addLayer(L.polyline(ends.map((end) => map.containerPointToLatLng(end)), {
      renderer: vectors.leaders, pane: "leaders", className: "tie", interactive: false,
    }));
  for (const leg of shown)
    if (leg.gaps && leg.gapZoom !== map.getZoom()) {
      leg.gapZoom = map.getZoom();
      leg.gaps.setLatLngs(gapsAlong(map, leg));
    }
  if (crowded) arrowsTogether(shown);
  else
    for (const leg of shown)
      if (leg.points.length > 1) leg.arrow.setLatLngs(arrowsAlong(map, leg.points, 150).map((corners) => [corners]));
  nameCountries(taken, dots);
}

// The lower corner in which a box covers least of the route.
function cornerFor() {
  const size = map.getSize();
  const [width, height] = innerWidth > 700 ? [230, 200] : [160, 165];
  const legs = data.legs.filter((leg) => leg.completed);
  const dots = legDots(map, legs, size);
  for (const stop of placed) {
    const at = map.latLngToContainerPoint([stop.lat, stop.lon]);
    for (let k = 0; k < 4; k++) dots.push([at.x, at.y]);
  }
  const covered = (left) => dots.filter(([x, y]) => x > left && x < left + width && y > size.y - height).length;
  const [left, right] = [covered(0), covered(size.x - width)];
  const position = right < left ? "bottomright" : "bottomleft";
  return { position, covers: Math.min(left, right) > 0, height };
}

function addControls() {
  const zoom = L.control.zoom({ position: "topleft", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(map);
  for (const link of zoom.getContainer().querySelectorAll("a")) link.setAttribute("href", "#map");
  const tools = element("div", { class: "tools" });
  tools.append(button("fit", say("fit"), fit));
  measure.tool = button("measure", say("measure"), measure);
  measure.tool.setAttribute("aria-pressed", "false");
  tools.append(measure.tool);
  if (document.fullscreenEnabled)
    tools.append(button("full", say("full_screen"), () =>
      document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  control("topleft", tools).addTo(map);
  control("topright", legend).addTo(map);
  scaleControl().addTo(map);
  const note = element("p", { class: "note" });
  if (data.tiles) note.append(element("span", { text: data.tiles.attribution + " · " }));
  note.append(element("span", { text: say("worldview_" + data.worldview) }));
  control("bottomright", note).addTo(map);
  legend.addEventListener("toggle", layout);
}

function addTexts() {
  for (const time of document.querySelectorAll("time")) time.textContent = day(time.dateTime);
  const bar = timeBar(state, redraw);
  if (bar) document.getElementById("time").append(bar);
  const table = document.getElementById("table");
  const fill = () => {
    if (!table.querySelector("table"))
      table.querySelector(".scroll").append(legTable(data.legs, show));
  };
  table.addEventListener("toggle", fill);
  addEventListener("beforeprint", () => {
    table.open = true;
    fill();
  });
  const actions = document.getElementById("actions");
  actions.append(element("button", {
    type: "button", text: say("download"),
    on: { click: () => download("route.geojson", "application/geo+json", JSON.stringify(asGeoJson())) },
  }));
  if (data.routeFile)
    actions.append(element("button", {
      type: "button", text: say("route_file"),
      on: { click: () => download("route.yaml", "application/yaml", data.routeFile) },
    }));
}

closeUp = makeCloseUp();
if (closeUp) {
  const corner = cornerFor();
  control(corner.position, closeUp.node).addTo(map);
  if (corner.covers) {
    foot = Math.min(corner.height + 60, map.getSize().y / 2.2);
    fit();
  }
}
readHash();
ready = true;
redraw();
let waiting = 0;
addEventListener("resize", shapeMap);
map.on("moveend zoomend resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(layout);
});
map.on("popupclose", () => map.getContainer().classList.remove("reading"));
map.on("popupopen", (event) => {
  map.getContainer().classList.add("reading");
  const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
  if (close) close.setAttribute("aria-label", say("close"));
});
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "print"])
  matchMedia(query).addEventListener("change", () => {
    colours.clear();
    [...data.legs.map((leg) => leg.layer), arrowsTogether.layer].forEach((layer) => layer && recolour(layer));
  });
addEventListener("hashchange", readHash);
// Paper is narrower than most screens: 190 mm leave a margin on A4 and on letter.
addEventListener("beforeprint", () => {
  map.closePopup();
  legend.open = true;
  Object.assign(map.getContainer().style, { width: "718px", height: "500px" });
  map.invalidateSize({ animate: false });
  fit();
  if (closeUp) {
    const frame = map.getContainer().getBoundingClientRect(), box = closeUp.node.getBoundingClientRect();
    const [left, top] = [box.left - frame.left, box.top - frame.top];
    const covers = legDots(map, data.legs.filter(visible), map.getSize())
      .some(([x, y]) => x > left && x < left + box.width && y > top && y < top + box.height);
    closeUp.node.classList.toggle("unprinted", covers);
  }
  layout();
});
addEventListener("afterprint", () => {
  map.getContainer().style.removeProperty("width");
  shapeMap();
  map.invalidateSize({ animate: false });
  fit();
});
map.on("dragend", () => map.once("moveend", writeHash));
map.getContainer().addEventListener("wheel", () => map.once("zoomend", writeHash), { passive: true });
map.getContainer().addEventListener("click", () => map.once("moveend", writeHash));
document.documentElement.dataset.ready = "true";
