// An inset for short legs, which the first view cannot show beside long ones.
function makeCloseUp() {
  if (crowded) return null;
  const zoom = map.getZoom();
  const extent = (leg) => {
    const box = L.latLngBounds(leg.points);
    return map.project(box.getNorthEast(), zoom).distanceTo(map.project(box.getSouthWest(), zoom));
  };
  const drawnLegs = data.legs.filter((leg) => leg.completed && leg.points.length > 1);
  const short = drawnLegs.filter((leg) => extent(leg) < 60);
  if (!short.length || short.length === drawnLegs.length) return null;
  const box = L.latLngBounds(short[0].points);
  const near = short.filter((leg) => {
    const both = L.latLngBounds(box.getSouthWest(), box.getNorthEast()).extend(L.latLngBounds(leg.points));
    return map.project(both.getNorthEast(), zoom).distanceTo(map.project(both.getSouthWest(), zoom)) < 90;
  });
  for (const leg of near) box.extend(L.latLngBounds(leg.points));
  const stops = [...new Set(near.flatMap((leg) => [data.stops[leg.from], data.stops[leg.to]]))].filter((stop) => stop.lat !== null);
  for (const stop of stops) if (!stop.region) box.extend([stop.lat, stop.lon]);
  return closeUpOf(box, near, stops);
}

function closeUpOf(box, legs, stops) {
  const view = element("div", { class: "view", "aria-hidden": "true" });
  const label = say("inset") + ": " + legs.map((leg) => leg.origin + " – " + leg.destination).join("; ");
  const node = element("div", { class: "inset" }, view,
    element("button", { type: "button", "aria-label": label, on: { click: () => map.fitBounds(box, { padding: [60, 60] }) } },
      element("span", { text: say("inset") })));
  const frame = L.rectangle(box.pad(0.35), { renderer: vectors.leaders, pane: "leaders", className: "frame", interactive: false });
  let inner = null;
  const start = () => {
    inner = L.map(view, {
      zoomControl: false, attributionControl: false, zoomSnap: 0, dragging: false, keyboard: false, scrollWheelZoom: false,
      doubleClickZoom: false, boxZoom: false, touchZoom: false, tapHold: false, zoomAnimation: false, fadeAnimation: false,
    });
    inner.fitBounds(box, { padding: [42, 34], maxZoom: 10, animate: false });
    view.removeAttribute("tabindex");
    addBasemap(inner, data.basemap, turns);
    inner.createPane("legs").style.zIndex = 400;
    const renderer = L.svg({ pane: "legs", padding: 0.1 });
    for (const leg of data.legs.filter((one) => one.completed && one.points.length > 1)) {
      const copy = { ...leg };
      drawLeg(inner, copy, renderer).addTo(inner);
      copy.hit.remove();
      if (copy.gaps) copy.gaps.setLatLngs(gapsAlong(inner, copy));
      copy.arrow.setLatLngs(arrowsAlong(inner, leg.points, 90).map((corners) => [corners]));
    }
    const size = inner.getSize();
    const points = fan(stops.map((stop) => inner.latLngToContainerPoint([stop.lat, stop.lon])));
    const items = stops.map((stop, i) => {
      const face = element("div", { class: "stop" + (stop.vague ? " vague" : "") });
      const text = element("span", { class: "label", dir: "auto", text: stop.short || stop.name });
      face.append(element("span", { class: "disc", text: String(stop.number) }), text);
      L.marker(inner.containerPointToLatLng(points[i]), {
        icon: L.divIcon({ className: "pin", html: face, iconSize: [2 * RADIUS, 2 * RADIUS] }), interactive: false, keyboard: false,
      }).addTo(inner);
      // The large map names the stop as well: here the course comes first.
      return { node: text, point: points[i], mostHits: 1, near: true };
    });
    const taken = [[0, 0, 80, 20], ...points.map((at) => [at.x - RADIUS, at.y - RADIUS, at.x + RADIUS, at.y + RADIUS])];
    labelAll(items, taken, legDots(inner, legs, size), size);
  };
  const update = () => {
    if (!inner) start();
    const needed = map.getZoom() < inner.getZoom() - 1 && legs.every(visible);
    node.hidden = !needed;
    toggle(frame, needed);
  };
  return { node, update };
}
