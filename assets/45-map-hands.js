/* Hands on the map: click, touch, keyboard, the line of text under the pointer. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const MOUSE_PX = 4;
  const TOUCH_PX = 22;
  const VILLAGES_FROM_ZOOM = 10.5;
  const POINTS = { endpoint: "endpoint", "endpoint-down": "endpoint", "endpoint-unknown": "endpoint", centre: "centre", village: "village" };
  const SOURCES = { endpoint: "endpoints", centre: "centres", village: "villages" };

  const tip = document.createElement("div");
  tip.className = "map-tip";
  tip.hidden = true;
  const message = document.createElement("p");
  message.className = "map-message";
  message.setAttribute("role", "status");
  message.hidden = true;
  let map = null;
  let at = null;
  let frame = 0;

  function say(words) {
    if (message.textContent !== words) message.textContent = words;
    message.hidden = !words;
  }

  function around(point, px) {
    return [[point.x - px, point.y - px], [point.x + px, point.y + px]];
  }

  /* A state symbol that is not drawn for this endpoint's state must not be hit twice, so one hit for each place. */
  function nearest(point, px) {
    const wanted = Object.keys(POINTS).filter((id) => map.getLayer(id) && villagesReachable(id));
    const hits = map.queryRenderedFeatures(around(point, px), { layers: wanted });
    const away = (hit) => {
      const p = map.project(hit.geometry.coordinates);
      return Math.hypot(p.x - point.x, p.y - point.y) + (POINTS[hit.layer.id] === "village" ? px / 2 : 0);
    };
    return hits.sort((a, b) => away(a) - away(b))[0];
  }

  function villagesReachable(id) {
    if (id !== "village") return true;
    const unit = at.places.units.get(at.area.unit);
    return (unit && unit.level === "commune") || map.getZoom() >= VILLAGES_FROM_ZOOM;
  }

  function communeAt(point) {
    const hit = map.queryRenderedFeatures(point, { layers: ["commune-fill"] })[0];
    return hit && at.places.units.get(hit.properties.code);
  }

  /* province → district → commune; inside another district the click goes to that district. */
  function nextUnit(commune) {
    if (!commune) return null;
    if (!commune.grouping || commune.grouping === at.area.district) return commune;
    return at.places.units.get(commune.grouping) || commune;
  }

  function target(point, px) {
    if (!at.places || !at.area) return null;
    const hit = nearest(point, px);
    if (hit) return { kind: POINTS[hit.layer.id], place: hit.properties };
    const commune = communeAt(point);
    return commune ? { kind: "unit", place: nextUnit(commune), commune } : null;
  }

  /* A finger takes what is near; over the whole province that would be a symbol everywhere. */
  function reach() {
    return at.area.unit ? TOUCH_PX : TOUCH_PX / 3;
  }

  function choose(found) {
    if (!found) return;
    const points = { village: null, endpoint: null, centre: null };
    if (found.kind === "unit") ioc.select({ ...points, unit: found.place.code });
    else if (found.kind === "village") ioc.select({ ...points, unit: found.place.commune, village: found.place.id });
    else ioc.select({ ...points, [found.kind]: found.place.id });
  }

  function up() {
    const { selection, area } = at;
    const points = { village: null, endpoint: null, centre: null };
    if (!selection || !area) return;
    if (selection.village || selection.endpoint || selection.centre) ioc.select({ ...points, unit: area.unit });
    else if (area.unit) ioc.select({ unit: area.unit === area.district ? null : area.district });
  }

  /* --- the text under the pointer -------------------------------------------------------------------------------------------- */

  function share(code) {
    const value = at.values && at.values.units[code];
    if (!value || value.v === null || value.v === undefined) return ioc.text("coverage.-");
    const ratio = ioc.text("map.ratio", { n: ioc.number(value.n), d: ioc.number(value.d) });
    return `${ioc.number(value.v, 1)} % · ${ratio}`;
  }

  function describe({ kind, place, commune }) {
    if (kind === "unit") {
      const shown = at.description.as_of <= "2025-06-30" ? place : commune;
      const into = shown === place ? "" : ioc.text("map.into", { name: place.full_name });
      return [shown.full_name, share(shown.code), into];
    }
    if (kind === "village") {
      const letter = at.values ? at.values.villages[at.places.villages.get(place.id).position] : "-";
      const commune_name = (at.places.units.get(place.commune) || {}).full_name || "";
      return [place.name, ioc.text(`coverage.${letter}`, { technology: ioc.text(`technology.${at.selection.tech}`) }), commune_name];
    }
    const states = ioc.selection.isNow(at.selection) ? ioc.live.state : at.values || {};
    const state = (states[SOURCES[kind]] || {})[place.id];
    return [place.name, state ? ioc.text(`state.${state}`) : "", ""];
  }

  function showTip(point) {
    const found = target(point, MOUSE_PX);
    map.getCanvas().style.cursor = found ? "pointer" : "";
    tip.hidden = !found;
    if (!found) return;
    const [title, ...rest] = describe(found);
    const lines = rest.filter(Boolean);
    if (tip.dataset.for !== `${title}|${lines}`) {
      tip.dataset.for = `${title}|${lines}`;
      tip.replaceChildren(Object.assign(document.createElement("strong"), { textContent: title }), ...lines.map((words) => Object.assign(document.createElement("span"), { textContent: words })));
    }
    const { clientWidth, clientHeight } = map.getContainer();
    const x = Math.min(point.x + 14, clientWidth - tip.offsetWidth - 8);
    const y = point.y + 18 + tip.offsetHeight > clientHeight ? point.y - tip.offsetHeight - 12 : point.y + 18;
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  function hideTip() {
    cancelAnimationFrame(frame);
    tip.hidden = true;
  }

  function onMove(event) {
    cancelAnimationFrame(frame);
    if (map.isMoving() || event.originalEvent.buttons) return hideTip();
    frame = requestAnimationFrame(() => showTip(event.point));
  }

  /* --- wiring ------------------------------------------------------------------------------------------------------------------ */

  let touched = false;

  function onClick(event) {
    hideTip();
    choose(target(event.point, touched ? reach() : MOUSE_PX));
  }

  function onKey(event) {
    if (event.target !== map.getCanvas()) return;
    const { clientWidth, clientHeight } = map.getContainer();
    if (event.key === "Escape" || event.key === "Backspace") up();
    else if (event.key === "Enter") choose(target({ x: clientWidth / 2, y: clientHeight / 2 }, TOUCH_PX));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* On a small screen the legend is one line until it is touched. */
  document.addEventListener("click", ({ target: hit }) => {
    const legend = hit.closest && hit.closest(".legend");
    if (legend) legend.toggleAttribute("data-open");
  });

  function hold(theMap, holder, view) {
    map = theMap;
    at = view;
    holder.append(tip, message);
    map.on("click", onClick);
    map.on("mousemove", onMove);
    map.on("mouseout", hideTip);
    holder.addEventListener("pointerdown", (event) => (touched = event.pointerType === "touch"), { capture: true });
    holder.addEventListener("keydown", onKey);
  }

  ioc.hands = { hold, say, up };
})();
