// What is said of a leg and of a place: popups and the table of legs.
const notEmpty = (value) => value !== undefined && value !== null && value !== false && value !== "" && value.length !== 0;

function distance(leg) {
  if (!leg.km) return "";
  const km = say("km", { n: number(leg.km, leg.km < 10 ? 1 : 0) });
  const atSea = leg.mode === "sea" || leg.mode === "inland_waterway";
  return atSea ? km + " (" + say("nm", { n: number(leg.nm, leg.nm < 10 ? 1 : 0) }) + ")" : km;
}

function daysOf(leg) {
  if (!leg.days || !leg.days[1]) return "";
  const [least, most] = leg.days;
  return least === most ? number(most) : number(least) + "–" + number(most);
}

const statusOf = (leg) => say("status_" + leg.claim);
const modeOf = (leg) => say("mode_" + leg.mode);

function claimOf(leg) {
  const parts = [statusOf(leg)];
  if (leg.by) parts.push(say("according_to", { who: leg.by }));
  if (leg.denied) parts.push(say("denied_by", { who: leg.denied }));
  return parts.join("; ");
}

function quotes(list) {
  const box = element("div", { class: "quotes" });
  for (const [exact, source] of list || []) {
    const known = data.sources[source];
    const cite = known ? [known.publisher, known.title, known.published ? day(known.published) : ""] : [];
    box.append(element("figure", {},
      element("blockquote", { dir: "auto", text: exact }),
      element("figcaption", { dir: "auto", text: cite.filter(Boolean).join(", ") })));
  }
  return box;
}

// `told` holds the words of the source that a value was read from.
function rows(pairs, told) {
  const list = element("dl");
  for (const [key, value] of pairs) {
    if (!notEmpty(value)) continue;
    const shown = element("dd", { dir: "auto" });
    if (value instanceof Node) shown.append(value);
    else shown.textContent = value;
    if (told && told[key]) shown.title = told[key];
    list.append(element("dt", { text: say(key) }), shown);
  }
  return list;
}

function legRows(leg) {
  const inferred = Object.entries(leg.inferred || {})
    .map(([field, reason]) => (words["field_" + field] ? say("field_" + field) : field) + ": " + reason);
  const byCountry = Object.entries(leg.countries || {})
    .map(([code, km]) => country(code) + " " + say("km", { n: number(km) }));
  return [
    ["claim", claimOf(leg)],
    ["departure", leg.departure && period(leg.departure)],
    ["arrival", leg.arrival && period(leg.arrival)],
    ["days", daysOf(leg)],
    ["distance", distance(leg)],
    ["cargo", leg.cargo],
    ["quantity", leg.quantity],
    ["vehicle", leg.vehicle],
    ["vehicle_type", leg.vehicle_type],
    ["flag", leg.flag && (/^[A-Z]{2}$/.test(leg.flag) ? country(leg.flag) : leg.flag)],
    ["shipper", leg.shipper],
    ["consignee", leg.consignee],
    ["carrier", leg.carrier],
    ["method", leg.method && (words["method_" + leg.method] ? say("method_" + leg.method) : leg.method)],
    ["approximate", leg.approxKm >= 1 && say("approx_km", { n: number(leg.approxKm) })],
    ["snap", leg.snapKm >= 1 && say("km", { n: number(leg.snapKm) })],
    ["passages", (leg.passages || []).map((id) => words["passage_" + id] || id).join(", ")],
    ["countries", byCountry.join(", ")],
    ["crossings", (leg.crossings || []).join(", ")],
    ["gauge", (leg.gauges || []).join(", ")],
    ["inferred", inferred.join(" · ")],
    ["notes", (leg.notes || []).join(" ")],
  ];
}

function endsOf(leg) {
  const names = element("span", { class: "ends" });
  names.append(told(leg.origin), " ", element("span", { "aria-hidden": "true", text: "→" }),
    element("span", { class: "unseen", text: say("to") }), " ", told(leg.destination));
  return names;
}

function legPopup(leg) {
  const box = element("div", { class: "card" });
  const head = element("p", { class: "kicker" });
  head.append(sample(leg.mode), " ", say("leg_n", { n: leg.number }) + " · " + modeOf(leg), " ",
    element("span", { class: "badge" + (leg.completed ? "" : " open"), text: statusOf(leg) }));
  box.append(head, element("h2", {}, endsOf(leg)), quotes(leg.quotes), rows(legRows(leg), leg.told));
  return box;
}

function placeOf(stop) {
  if (stop.region) return say("region_place");
  if (stop.radius > 0) return say("within", { n: rounded(stop.radius) });
  return "";
}

function stopPopup(stop) {
  const box = element("div", { class: "card" });
  const title = element("h2");
  title.append(told(stop.name));
  const kind = words["kind_" + stop.kind] ? say("kind_" + stop.kind) : stop.kind;
  const head = [stop.number ? say("stop_n", { n: stop.number }) : say("reference"), kind,
    stop.country && country(stop.country)];
  box.append(element("p", { class: "kicker", dir: "auto", text: head.filter(Boolean).join(" · ") }), title,
    quotes(stop.quotes), rows([
      ["written", stop.toponym && stop.toponym !== stop.name ? stop.toponym : ""],
      ["precision", placeOf(stop)],
      ["inferred", stop.inferred],
      ["candidates", (stop.candidates || []).join(", ")],
      ["gazetteer", stop.gazetteer],
      ["coordinates", stop.lat.toFixed(3) + ", " + (((stop.lon + 540) % 360) - 180).toFixed(3)],
      ["notes", stop.note],
    ]));
  return box;
}

// The table says what the map shows, for those who do not see the map.
function legTable(legs, show) {
  const head = element("tr");
  for (const key of ["number", "from_to", "mode", "claim", "when", "distance", "method", "evidence", "details"])
    head.append(element("th", { scope: "col", text: say(key) }));
  const body = element("tbody");
  for (const leg of legs) {
    const when = [leg.departure, leg.arrival].filter(Boolean);
    const dates = [...new Set(when)].map(period).join(" → ");
    const cells = [
      element("td", { class: "mode" }, sample(leg.mode), element("span", { text: modeOf(leg) })),
      element("td", { class: "claim", dir: "auto", text: claimOf(leg) }),
      element("td", { text: dates || "–" }),
      element("td", { class: "figure", text: distance(leg) || "–" }),
      element("td", { dir: "auto", text: words["method_" + leg.method] ? say("method_" + leg.method) : leg.method }),
      element("td", {}, quotes(leg.quotes)),
      element("td", {}, rows(legRows(leg).filter(([key]) =>
        !["claim", "departure", "arrival", "distance", "method"].includes(key)), leg.told)),
    ];
    const name = element("th", { scope: "row" }, endsOf(leg));
    if (leg.hit)
      name.append(element("button", {
        type: "button", class: "show", text: say("show"), on: { click: () => show(leg) },
        "aria-label": say("show") + ": " + say("leg_n", { n: leg.number }),
      }));
    body.append(element("tr", {}, element("td", { text: String(leg.number) }), name, ...cells));
  }
  return element("table", {}, element("caption", { class: "unseen", text: say("table") }),
    element("thead", {}, head), body);
}
