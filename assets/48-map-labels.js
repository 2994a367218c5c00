/* Where each name stands on the map: beside what must be seen, never under it.

Around its unit's point a name tries below, above and the sides, and takes the first place that is clear of lost and unknown endpoints, of
service centres where they are shown, of the boxes that lie over the map, and of names placed before it. The selected unit and the one with
the lowest share come first and are always named; a name without a place that is clear takes one over unknown endpoints, of which a day
without their history is full, and is left out when there is none either. Worked out again when the camera has come to rest, when endpoints change and when values change. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const at = ioc.at;
  const BOXES = ".legend, .map-notes, .map-bar > *";
  const GROWN = 3.5; // see 43-map-style.js
  const SHAPES = { down: { far: 1.5, near: 2.2 }, unknown: { far: 0.95, near: 1.8 }, centre: { far: 0.8, near: 1.5 } };
  const DRAWN = 0.42; // half of a symbol's image that its drawing fills

  let written = "";
  let fittedWithBoxes = false;

  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  function boxes() {
    const base = at.holder.getBoundingClientRect();
    return [...document.querySelectorAll(BOXES)]
      .map((element) => element.getBoundingClientRect())
      .filter((box) => box.width && box.height)
      .map((box) => ({ left: box.left - base.left - 3, right: box.right - base.left + 3, top: box.top - base.top - 3, bottom: box.bottom - base.top + 3 }));
  }

  const showing = (layer) => at.selection.layers.split(",").includes(layer);

  function states() {
    if (!showing("endpoints")) return {};
    return (ioc.selection.isNow(at.selection) ? ioc.live.state.endpoints : (at.values || {}).endpoints) || {};
  }

  /* What must be seen, with its shape: endpoints that are lost or unknown, and all centres. */
  function drawn() {
    const endpoints = Object.entries(states()).map(([id, state]) => [at.places.endpoints.get(id), state]);
    const centres = showing("centres") ? [...at.places.centres.values()].map((place) => [place, "centre"]) : [];
    return [...endpoints, ...centres].filter(([place, shape]) => place && SHAPES[shape]);
  }

  function symbols(t) {
    const grown = Math.min(1, Math.max(0, (at.map.getZoom() - t.zoom) / GROWN));
    return drawn().map(([place, shape]) => {
      const { near } = SHAPES[shape];
      const far = shape === "down" ? Math.max(SHAPES.down.far, (0.7 * t.px) / t.unit) : SHAPES[shape].far;
      const r = t.unit * (far + (near - far) * grown) * DRAWN;
      const p = at.map.project(place.at);
      return { left: p.x - r, right: p.x + r, top: p.y - r, bottom: p.y + r, yields: shape === "unknown" };
    });
  }

  function lowest(units) {
    const values = (at.values || {}).units || {};
    const valued = units.filter(({ code }) => values[code] && values[code].v !== null && values[code].v !== undefined);
    return valued.length ? valued.reduce((low, unit) => (values[unit.code].v < values[low.code].v ? unit : low)).code : null;
  }

  function shown(districts) {
    const units = [...at.places.units.values()].filter((unit) => unit.level !== "province");
    return units.map((unit) => ({ unit, ...ioc.paint.looks(unit, at.area, districts) })).filter(({ h }) => h === 0);
  }

  const size = (unit) => (unit.bbox[2] - unit.bbox[0]) * (unit.bbox[3] - unit.bbox[1]);

  function tries(w, h, t) {
    const gap = t.unit * 0.2;
    const [down, side] = [gap + h / 2, gap + w / 2];
    return [[0, down], [0, -down], [side, 0], [-side, 0], [0, down + h * 0.7], [0, -down - h * 0.7], [side, down], [-side, down], [side, -down], [-side, -down]];
  }

  /* Farther around, for a name that must be there. */
  function farther(w, h) {
    const rows = [1.6, -1.6, 2.4, -2.4, 3.4, -3.4].map((times) => times * h);
    return rows.flatMap((dy) => [0, w * 0.45, -w * 0.45, w * 0.9, -w * 0.9].map((dx) => [dx, dy]));
  }

  function boxAt(p, [dx, dy], w, h) {
    return { left: p.x + dx - w / 2 + 2, right: p.x + dx + w / 2 - 2, top: p.y + dy - h * 0.42, bottom: p.y + dy + h * 0.42 };
  }

  function inside(box) {
    return box.left >= 0 && box.top >= 0 && box.right <= at.holder.clientWidth && box.bottom <= at.holder.clientHeight;
  }

  function features() {
    const t = ioc.style.tokens(at.holder, at.description.bbox);
    const districts = ioc.life.districts(at.description);
    const units = shown(districts);
    const first = [at.area.unit, lowest(units.filter(({ o }) => o === 0).map(({ unit }) => unit))].filter(Boolean);
    const rank = ({ unit, o }) => (first.includes(unit.code) ? 0 : 1 + o);
    units.sort((a, b) => rank(a) - rank(b) || size(b.unit) - size(a.unit));
    const taken = [...symbols(t), ...boxes()];
    const placed = [];
    const found = [];
    units.forEach(({ unit }, order) => {
      const named = unit.level === "district" ? [t.px * 1.1, 600] : [t.px, 500];
      const { w, h } = ioc.symbols.size(Math.round(named[0]), named[1], unit.name);
      const p = at.map.project(unit.label);
      const wanted = first.includes(unit.code);
      const all = [...tries(w, h, t), ...(wanted ? farther(w, h) : [])].map((offset) => ({ offset, box: boxAt(p, offset, w, h) }));
      const clear = all.filter(({ box }) => inside(box) && !taken.some((other) => touch(box, other)));
      const free = ({ box }) => !placed.some((other) => touch(box, other));
      const over = () => all.filter(({ box }) => inside(box) && !taken.some((other) => !other.yields && touch(box, other)));
      const best = clear.find(free) || over().find(free) || (wanted ? clear[0] || all[0] : null);
      if (!best) return;
      placed.push(best.box);
      const offset = [onPixels(p.x, best.offset[0], w), onPixels(p.y, best.offset[1], h)];
      found.push(feature(unit, order, offset));
    });
    return found;
  }

  /* An image that lies between pixels is drawn with some of its columns twice. */
  function onPixels(at, offset, extent) {
    const scale = window.devicePixelRatio || 1;
    const edge = at - extent / 2;
    return Math.round((Math.round((edge + offset) * scale) / scale - edge) * 100) / 100;
  }

  function feature({ code, name, level, label }, order, [dx, dy]) {
    return { type: "Feature", properties: { code, name, level, order, dx, dy }, geometry: { type: "Point", coordinates: label } };
  }

  function place() {
    const source = at.map && !at.lost && at.places && at.area && at.hasMap() && at.map.getSource("labels");
    if (!source) return;
    const next = features();
    const text = JSON.stringify(next);
    if (text === written) return;
    written = text;
    source.setData({ type: "FeatureCollection", features: next });
  }

  /* Another style brings an empty source along. */
  function forget() {
    written = "";
  }

  function watch(map) {
    map.on("moveend", place);
    map.on("style.load", forget);
  }

  /* The boxes over the map come with the page's parts, after the map. */
  function whenBoxesCome() {
    const legend = document.querySelector(".legend");
    const there = Boolean(legend && legend.childElementCount && at.map && at.places && at.area && at.hasMap());
    if (there && !fittedWithBoxes && !at.moved) ioc.draw.refit();
    fittedWithBoxes = fittedWithBoxes || there;
    if (there) place();
  }

  document.addEventListener("ioc:tick", whenBoxesCome);
  ioc.labels = { place, forget, watch, boxes };
})();
