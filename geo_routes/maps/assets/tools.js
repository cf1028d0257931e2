// Address, downloads, measuring.
function readHash() {
  const match = /^#(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(location.hash);
  if (!match) return false;
  map.setView([Number(match[2]), Number(match[3])], Number(match[1]), { animate: false });
  return true;
}

function writeHash() {
  const at = map.getCenter();
  try {
    history.replaceState(null, "", "#" + map.getZoom().toFixed(2) + "/" + at.lat.toFixed(4) + "/" + at.lng.toFixed(4));
  } catch (error) {
    // A page inside srcdoc has no address to write to.
  }
}

const TOLD = ["cargo", "quantity", "vehicle", "vehicle_type", "flag", "shipper", "consignee", "carrier"];

function asGeoJson() {
  const flip = (points) => points.map(([lat, lon]) => [Number(lon.toFixed(4)), Number(lat.toFixed(4))]);
  const features = [];
  for (const stop of [...data.stops, ...data.references])
    features.push({
      type: "Feature",
      geometry: stop.lat === null ? null : { type: "Point", coordinates: [stop.lon, stop.lat] },
      properties: { kind: stop.number ? "stop" : "reference", number: stop.number || null, name: stop.name, radius_km: stop.radius || null },
    });
  for (const leg of data.legs)
    features.push({
      type: "Feature",
      geometry: leg.points.length ? { type: "LineString", coordinates: flip(leg.points) } : null,
      properties: {
        kind: "leg", leg: leg.number, origin: leg.origin, destination: leg.destination, mode: leg.mode, claim: leg.claim,
        by: leg.by || "", denied_by: leg.denied || "", departure: leg.departure || "", arrival: leg.arrival || "",
        ...Object.fromEntries(TOLD.map((name) => [name, leg[name] || ""])), method: leg.method, length_km: leg.km || null,
        quotes: (leg.quotes || []).map((quote) => quote[0]), notes: leg.notes || [], inferred: leg.inferred || {},
      },
    });
  return { type: "FeatureCollection", name: data.title, features };
}

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function measure() {
  const container = map.getContainer();
  const on = container.classList.toggle("measuring");
  if (measure.layer) measure.layer.remove();
  measure.points = [];
  measure.layer = L.layerGroup().addTo(map);
  measure.tool.setAttribute("aria-pressed", String(on));
  map[on ? "on" : "off"]("click", measured);
}

function measured(event) {
  const points = measure.points;
  points.push(event.latlng);
  let metres = 0;
  for (let i = 1; i < points.length; i++) metres += map.distance(points[i - 1], points[i]);
  measure.layer.clearLayers();
  measure.layer.addLayer(L.polyline(points, { renderer: vectors.leaders, pane: "leaders", className: "measure", interactive: false }));
  const text = say("km", { n: rounded(metres / 1000) }) + " · " + say("nm", { n: rounded(metres / 1852) });
  measure.layer.addLayer(L.tooltip({ permanent: true, direction: "top", className: "measured" })
    .setLatLng(event.latlng).setContent(element("span", { text: points.length > 1 ? text : say("measure_hint") })));
}
