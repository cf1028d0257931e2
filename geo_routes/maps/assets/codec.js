// Read what page.py wrote: coordinates, dates, numbers, texts.
const NS = "http://www.w3.org/2000/svg";
const data = JSON.parse(document.getElementById("route-data").textContent);
const words = data.words;
const lang = data.lang;

function say(key, values) {
  let text = words[key] || key;
  for (const name in values || {}) text = text.split("{" + name + "}").join(String(values[name]));
  return text;
}

function element(tag, options, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(options || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

function drawn(tag, attributes) {
  const node = document.createElementNS(NS, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// Text from a report may be right-to-left: each piece finds its own direction.
const told = (text, tag) => element(tag || "bdi", { dir: "auto", text });

// Deltas of longitude and latitude, five bits a character (the encoded polyline format).
function decode(text, scale) {
  const points = [];
  let at = 0, lon = 0, lat = 0;
  const next = () => {
    let value = 0, shift = 0, bits;
    do {
      bits = text.charCodeAt(at++) - 63;
      value += (bits & 31) * 2 ** shift;
      shift += 5;
    } while (bits >= 32);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  while (at < text.length) {
    lon += next();
    lat += next();
    points.push([lat / scale, lon / scale]);
  }
  return points;
}

const line = (text) => decode(text, data.scale);

// Formatters are dear to make and used for each leg.
const formatters = new Map();
function formatter(Kind, options) {
  const key = Kind.name + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Kind(lang, options));
  return formatters.get(key);
}

const number = (value, digits) =>
  formatter(Intl.NumberFormat, { maximumFractionDigits: digits || 0 }).format(value);
const rounded = (value) => (value < 10 ? number(value, 1) : number(value));

function day(text) {
  const match = /^(-?\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)$/.exec(text);
  if (!match) return text;
  const [, year, month, date, doubt] = match;
  const options = { timeZone: "UTC", year: "numeric" };
  if (month) options.month = date ? "short" : "long";
  if (date) options.day = "numeric";
  const when = new Date(Date.UTC(2000, Number(month || 1) - 1, Number(date || 1)));
  when.setUTCFullYear(Number(year));
  const shown = isNaN(when) ? text : formatter(Intl.DateTimeFormat, options).format(when);
  return doubt === "~" ? say("about", { date: shown }) : doubt ? shown + " (?)" : shown;
}

const period = (text) =>
  text.split("/").map((part) => (part === ".." || part === "" ? "…" : day(part))).join(" – ");
const dayOf = (count) => new Date(count * 86400000).toISOString().slice(0, 10);

const names = (() => {
  try {
    return new Intl.DisplayNames([lang], { type: "region" });
  } catch (error) {
    return null;
  }
})();

function country(code) {
  try {
    return names ? names.of(code) : code;
  } catch (error) {
    return code;
  }
}
