// The legend, which is the layer control as well.
function panel(state, redraw) {
  const box = element("details", { class: "panel" });
  box.open = innerWidth > 700;
  box.append(element("summary", { text: say("legend") }));
  const choice = (label, picture, checked, change) => {
    const input = element("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("change", () => {
      change(input.checked);
      redraw();
    });
    return element("label", {}, input, picture, element("span", { text: label }));
  };
  const set = (title) => {
    const field = element("fieldset", {}, element("legend", { text: title }));
    box.append(field);
    return field;
  };
  const count = (legs) => " (" + number(legs.length) + ")";
  const flip = (group, key) => (on) => (on ? group.add(key) : group.delete(key));
  const modes = set(say("legs"));
  for (const mode of Object.keys(PATTERNS)) {
    const legs = data.legs.filter((leg) => leg.mode === mode);
    const done = legs.filter((leg) => leg.completed);
    if (legs.length)
      modes.append(choice(say("mode_" + mode) + (done.length ? count(done) : ""), sample(mode), true, flip(state.modes, mode)));
  }
  const open = data.legs.filter((leg) => !leg.completed);
  if (open.length) {
    const claims = set(say("not_completed"));
    for (const status of [...new Set(open.map((leg) => leg.claim))]) {
      const legs = open.filter((leg) => leg.claim === status);
      claims.append(choice(say("status_" + status) + count(legs), null, false, flip(state.claims, status)));
    }
  }
  const places = set(say("places"));
  const ring = drawn("svg", { width: 22, height: 22, viewBox: "0 0 22 22", "aria-hidden": "true" });
  ring.append(drawn("circle", { cx: 11, cy: 11, r: 6, class: "core" }), drawn("circle", { cx: 11, cy: 11, r: 9, class: "ring" }));
  if (data.stops.some((stop) => stop.vague))
    places.append(element("p", { class: "key" }, ring, element("span", { text: say("vague") })));
  if (data.legs.some((leg) => leg.dashed || leg.approx.length))
    places.append(element("p", { class: "key" }, sample(data.legs.find((leg) => leg.dashed || leg.approx.length).mode, true),
      element("span", { text: say("approx_key") })));
  if (data.stops.some((stop) => stop.region)) {
    const patch = drawn("svg", { width: 22, height: 16, viewBox: "0 0 22 16", "aria-hidden": "true" });
    patch.append(drawn("rect", { x: 1.5, y: 1.5, width: 19, height: 13, rx: 3, class: "patch" }));
    places.append(choice(say("regions"), patch, true, (on) => (state.regions = on)));
  }
  if (data.legs.some((leg) => leg.corridor.length)) {
    const band = drawn("svg", { width: 22, height: 16, viewBox: "0 0 22 16", "aria-hidden": "true" });
    band.append(drawn("ellipse", { cx: 11, cy: 8, rx: 10, ry: 5, class: "corridor" }));
    places.append(choice(say("corridor"), band, true, (on) => (state.corridors = on)));
  }
  if (data.references.length) {
    const dot = drawn("svg", { width: 22, height: 16, viewBox: "0 0 22 16", "aria-hidden": "true" });
    dot.append(drawn("circle", { cx: 11, cy: 8, r: 4, class: "refdot" }));
    places.append(choice(say("references"), dot, true, (on) => (state.references = on)));
  }
  if (places.children.length < 2) places.remove();
  return box;
}

function control(position, node) {
  const Made = L.Control.extend({
    onAdd() {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
      return node;
    },
  });
  return new Made({ position });
}

function button(name, label, run) {
  const node = element("button", { type: "button", class: "tool", title: label, "aria-label": label, on: { click: run } });
  const shapes = {
    full: "M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5",
    fit: "M4 10h12M10 4v12M4 10l3-3M4 10l3 3M16 10l-3-3M16 10l-3 3",
    measure: "M3 14 14 3l3 3L6 17zM7 10l2 2M10 7l2 2",
  };
  const svg = drawn("svg", { width: 20, height: 20, viewBox: "0 0 20 20", "aria-hidden": "true", class: "icon" });
  svg.append(drawn("path", { d: shapes[name] }));
  node.append(svg);
  return node;
}

const SCALE_STEPS = [8, 6, 5, 4, 3, 2, 1.5, 1];

// Nautical miles beside kilometres.
function scaleControl() {
  const Scale = L.Control.Scale.extend({
    // Closer steps than Leaflet's make no bar shorter than its figure.
    _getRoundNum(most) {
      const power = 10 ** Math.floor(Math.log10(most));
      return power * SCALE_STEPS.find((step) => step <= most / power || step === 1);
    },
    _addScales(options, className, container) {
      this._kilometres = L.DomUtil.create("div", className, container);
      this._miles = L.DomUtil.create("div", className, container);
    },
    _updateScales(metres) {
      const steps = (scale, most, unit) => {
        const value = this._getRoundNum(most);
        this._updateScale(scale, say(unit, { n: number(value, 3) }), value / most);
      };
      if (!metres) return;
      steps(this._kilometres, metres / 1000, "km");
      steps(this._miles, metres / 1852, "nm");
    },
  });
  return new Scale({ position: "bottomleft", maxWidth: 110 });
}
