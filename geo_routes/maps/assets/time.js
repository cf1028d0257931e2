// The slider over the dates that sources report.
function timeBar(state, redraw) {
  const dated = data.legs.filter((leg) => leg.window);
  if (!dated.length) return null;
  const first = Math.min(...dated.map((leg) => leg.window[0]));
  const last = Math.max(...dated.map((leg) => leg.window[1]));
  if (last <= first) return null;
  const slider = element("input", {
    type: "range", min: first, max: last + 1, step: 1, value: last + 1, "aria-label": say("time"),
  });
  const shown = element("output", {});
  const play = element("button", { type: "button", class: "play", "aria-label": say("play"), title: say("play") });
  const icon = drawn("svg", { width: 18, height: 18, viewBox: "0 0 20 20", "aria-hidden": "true", class: "solid" });
  const shape = drawn("path", { d: "M5 3l12 7-12 7z" });
  icon.append(shape);
  play.append(icon);
  let timer = null;
  const apply = () => {
    const value = Number(slider.value);
    state.time = value > last ? null : value;
    const text = state.time === null
      ? day(dayOf(first)) + " – " + day(dayOf(last)) : say("until", { date: day(dayOf(value)) });
    shown.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    redraw();
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    shape.setAttribute("d", "M5 3l12 7-12 7z");
    play.setAttribute("aria-label", say("play"));
    play.title = say("play");
  };
  slider.addEventListener("input", () => {
    stop();
    apply();
  });
  play.addEventListener("click", () => {
    if (timer) return stop();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const steps = calm ? 6 : 60;
    const step = Math.max(1, Math.ceil((last + 1 - first) / steps));
    if (Number(slider.value) > last) slider.value = first;
    shape.setAttribute("d", "M5 3h4v14H5zM11 3h4v14h-4z");
    play.setAttribute("aria-label", say("pause"));
    play.title = say("pause");
    apply();
    timer = setInterval(() => {
      slider.value = Number(slider.value) + step;
      apply();
      if (Number(slider.value) > last) stop();
    }, calm ? 1200 : 150);
  });
  apply();
  return element("div", { class: "time" }, play, slider, shown);
}
