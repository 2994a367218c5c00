/* From values, live states and the selection to feature states: only what differs from the last picture is written. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const LETTERS = { c: 0, w: 1, n: 2, "-": 3 };
  const STATES = { up: 0, down: 1, unknown: 2 };
  const NO_STATE = -1;
  const NO_VILLAGES = "";

  /* What the map shows now: source → id → state. MapLibre keeps states when a source gets other data, and loses them with its context
     only; removeFeatureState is never used, because a state of 0 set in the same frame would be removed with the old one. */
  function painter(map) {
    let shown = { units: new Map(), labels: new Map(), villages: new Map(), endpoints: new Map(), centres: new Map() };
    let letters = NO_VILLAGES;
    let hatched = "";
    let writes = 0;

    function put(source, id, next) {
      const before = shown[source].get(id);
      if (before && Object.keys(next).every((key) => before[key] === next[key])) return;
      shown[source].set(id, { ...before, ...next });
      map.setFeatureState({ source, id }, next);
      writes += 1;
    }

    function forget() {
      shown = Object.fromEntries(Object.keys(shown).map((source) => [source, new Map()]));
      letters = NO_VILLAGES;
      hatched = "";
    }

    function units(values, places) {
      for (const [code, { c }] of Object.entries(values)) put("units", code, { c });
      hatch(places);
    }

    /* Areas without data are a source of their own; it is written when they are other areas than before. */
    function hatch(places) {
      const without = [...shown.units].filter(([, look]) => look.c === -1 && look.h === 0).map(([code]) => code);
      if (without.join() === hatched) return;
      hatched = without.join();
      const features = without.map((code) => places.units.get(code)).filter(Boolean).map(({ feature }) => ({ ...feature, properties: {} }));
      map.getSource("nodata").setData({ type: "FeatureCollection", features });
      writes += 1;
    }

    function villages(next) {
      if (next === letters) return;
      for (let id = 0; id < next.length; id += 1) {
        if (next[id] === letters[id]) continue;
        map.setFeatureState({ source: "villages", id }, { k: LETTERS[next[id]] });
        writes += 1;
      }
      letters = next;
    }

    function points(source, places, states) {
      for (const [key, state] of Object.entries(states)) {
        const place = places.get(key);
        if (place) put(source, place.position, { k: state in STATES ? STATES[state] : NO_STATE });
      }
    }

    /* The live states are not the past's; those come with its values. */
    function withoutState(source, places) {
      for (const { position } of places.values()) put(source, position, { k: NO_STATE });
    }

    function focus(places, area, districts) {
      for (const unit of places.units.values()) {
        if (unit.level === "province") continue;
        const look = looks(unit, area, districts);
        put("units", unit.code, look);
        put("labels", unit.code, { o: look.o, h: look.h });
      }
      hatch(places);
    }

    function chosen(source, position) {
      for (const [id, state] of shown[source]) if (state.s === 1 && id !== position) put(source, id, { s: 0 });
      if (position !== null) put(source, position, { s: 1 });
    }

    return { units, villages, points, withoutState, focus, chosen, forget, writes: () => writes };
  }

  /* area: {unit, district} of the selection, unit null for the whole province. `districts`: the date still had them. */
  function looks(unit, area, districts) {
    const selected = unit.code === area.unit ? 1 : 0;
    if (unit.level === "district") return { o: outside(unit.code, area.district), h: districts && unit.code !== area.district ? 0 : 1, s: selected };
    const apart = area.unit !== null && unit.code !== area.unit && (area.unit !== area.district || unit.grouping !== area.district);
    return { o: apart ? 1 : 0, h: districts && unit.grouping !== area.district ? 1 : 0, s: selected };
  }

  function outside(code, district) {
    return district !== null && code !== district ? 1 : 0;
  }

  ioc.paint = { painter, looks };
})();
