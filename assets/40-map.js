/* The map: mounted once for the life of the page, before Dash has drawn anything, and moved into #map when that appears.

map_apply(query, page) draws a selection. Geometry is loaded by MapLibre from URLs; values, live states and the selection are
feature states (44). Without WebGL 2 the exported map is shown instead. `window.iocMap` is for tests and the console. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const WITH_MAP = ["map", "wall"];
  const DISTRICTS_UNTIL = "2025-06-30";
  const VILLAGE_ZOOM = 11;
  const WAIT_FOR_ENGINE_MS = 20_000;
  const REMOUNT_MS = 10_000;

  const holder = document.createElement("div");
  holder.className = "map-canvas";
  const at = { page: null, selection: null, description: null, places: null, area: null, styled: null, fitted: null, moved: false };
  let map = null;
  let painter = null;
  let styleReady = null;
  let lost = false;
  let turn = 0;
  let asking = { key: null, control: new AbortController() };
  let announce;
  const handle = { map: null, drawn: 0, drawnFor: null, ready: new Promise((resolve) => (announce = resolve)) };

  /* --- the page ------------------------------------------------------------------------------------------------------------ */

  function attach() {
    if (holder.isConnected && holder.parentElement !== document.body) return;
    const place = document.getElementById("map") || document.body;
    if (holder.parentElement !== place) place.prepend(holder);
    /* The canvas inside takes the keyboard; one stop is enough. */
    place.removeAttribute("tabindex");
  }

  function dress(page, selection) {
    const { body } = document;
    body.dataset.page = page;
    body.dataset.theme = selection.theme || "dark";
    body.dataset.bsTheme = body.dataset.theme;
  }

  function engine() {
    return new Promise((resolve, reject) => {
      const from = performance.now();
      (function look() {
        if (window.maplibregl) resolve(window.maplibregl);
        else if (performance.now() - from > WAIT_FOR_ENGINE_MS) reject(new Error("no map engine"));
        else setTimeout(look, 20);
      })();
    });
  }

  function hasWebGl() {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2");
    if (!context) return false;
    /* This context was only a question; the map gets its own. */
    const gone = context.getExtension("WEBGL_lose_context");
    if (gone) gone.loseContext();
    return true;
  }

  function fallBack(query) {
    const place = document.getElementById("map-fallback");
    at.fallback = true;
    if (!place) return;
    place.hidden = false;
    const frame = place.querySelector("iframe") || place.appendChild(document.createElement("iframe"));
    const url = `/export/map.html?${ioc.selection.build(ioc.selection.parse(query))}`;
    if (frame.getAttribute("src") !== url) frame.setAttribute("src", url);
    frame.title = document.title;
  }

  /* --- mounting ------------------------------------------------------------------------------------------------------------ */

  function viewOf(selection, description, places) {
    const points = places ? [...places.units.values()].filter((unit) => unit.level !== "province") : [];
    return {
      sources: description.sources,
      districts: description.as_of <= DISTRICTS_UNTIL,
      layers: selection.layers.split(","),
      labels: { type: "FeatureCollection", features: points.map(labelPoint) },
    };
  }

  /* Large units are labelled first. */
  function labelPoint({ code, name, level, bbox, label }) {
    const order = -Math.round(1e4 * (bbox[2] - bbox[0]) * (bbox[3] - bbox[1]));
    return { type: "Feature", properties: { code, name, level, order }, geometry: { type: "Point", coordinates: label } };
  }

  function restyle(selection, description, places) {
    const tokens = ioc.style.tokens(holder, description.bbox);
    const geometry = Object.values(description.sources).join();
    const key = JSON.stringify([tokens, geometry, selection.layers, !!places, description.as_of <= DISTRICTS_UNTIL]);
    if (key === at.styled) return false;
    const style = ioc.style.style(viewOf(selection, description, places), tokens);
    if (at.geometry && at.geometry !== geometry) painter.forget(true);
    at.geometry = geometry;
    at.styled = key;
    if (!map) return style;
    map.setStyle(style, { diff: true, validate: false });
    ioc.symbols.drop(map, (id) => id.includes(`|${tokens.halo}`) || id.startsWith("hatch"));
    return true;
  }

  function mount(maplibregl, selection, description) {
    map = new maplibregl.Map({
      container: holder,
      style: restyle(selection, description, null),
      bounds: description.bbox, fitBoundsOptions: { padding: padding() },
      fadeDuration: 0, attributionControl: false, renderWorldCopies: false, maxZoom: 14, minZoom: 4,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, rollEnabled: false, doubleClickZoom: false,
      refreshExpiredTiles: false, validateStyle: false, locale: { "Map.Title": ioc.text("map.label") },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    handle.map = map;
    painter = ioc.paint.painter(map);
    map.on("style.load", () => map.getSource("units") && ioc.style.hold(map));
    styleReady = new Promise((resolve) => map.once("style.load", resolve));
    ioc.symbols.supply(map);
    ioc.hands.hold(map, holder, at);
    watch();
  }

  function watch() {
    map.on("movestart", (event) => (at.moved = at.moved || Boolean(event.originalEvent)));
    map.on("resize", () => at.moved || refit());
    map.on("error", ({ sourceId, error }) => (sourceId ? reload(sourceId) : console.warn("map:", error && error.message)));
    map.on("webglcontextlost", lose);
    map.on("webglcontextrestored", restore);
  }

  /* A source whose geometry did not come asks again, by a description that the server has just made. */
  const RELOAD_MS = 3_000;

  function reload(sourceId) {
    clearTimeout(at[`reload ${sourceId}`]);
    at[`reload ${sourceId}`] = setTimeout(async () => {
      ioc.data.forget("/api/v1/map");
      const description = await ioc.data.describe(at.selection);
      const source = !lost && map.getSource(sourceId);
      if (source && description.sources[sourceId]) source.setData(description.sources[sourceId]);
    }, RELOAD_MS * (0.7 + 0.6 * Math.random()));
  }

  /* Buffers of a lost context are let go while it is lost; later each of them would be an error in the console. */
  function lose() {
    lost = true;
    map.setStyle({ version: 8, sources: {}, layers: [] }, { diff: false });
    at.remount = setTimeout(ioc.live.reload, REMOUNT_MS);
  }

  /* A restored context is empty: every tile, image and feature state is made again. */
  function restore() {
    clearTimeout(at.remount);
    at.styled = null;
    const style = ioc.style.style(viewOf(at.selection, at.description, at.places), ioc.style.tokens(holder, at.description.bbox));
    map.setStyle(style, { diff: false, validate: false });
    map.once("style.load", () => {
      lost = false;
      painter.forget(false);
      repaint();
    });
  }

  /* --- drawing ------------------------------------------------------------------------------------------------------------- */

  function areaOf(selection, places) {
    const point = places.villages.get(selection.village) || places.endpoints.get(selection.endpoint) || places.centres.get(selection.centre);
    const given = places.units.get(selection.unit) || (point && !selection.unit && places.units.get(point.commune || point.district));
    const unit = given && given.level !== "province" ? given : null;
    return { unit: unit && unit.code, district: unit && (unit.level === "district" ? unit.code : unit.grouping) };
  }

  /* The style sheet says what lies over the map's edges (`scroll-padding`); a bar of several rows says it itself. */
  function padding() {
    const computed = window.getComputedStyle(holder);
    const [top, bottom, left, right] = ["Top", "Bottom", "Left", "Right"].map((side) => parseFloat(computed[`scrollPadding${side}`]) || 0);
    const bar = document.querySelector(".map-bar");
    const covered = bar && bar.offsetParent ? bar.offsetTop + bar.offsetHeight + 4 : 0;
    return { top: Math.max(top, covered), bottom, left, right };
  }

  function camera(selection, places, area) {
    const unit = places.units.get(area.unit);
    const box = map.cameraForBounds(unit ? unit.bbox : at.description.bbox, { padding: padding(), maxZoom: 13.5 });
    const village = places.villages.get(selection.village);
    const point = village || places.endpoints.get(selection.endpoint) || places.centres.get(selection.centre);
    if (!point) return box;
    const same = at.fitted && at.fitted.unit === area.unit;
    if (same && !village && map.getBounds().contains(point.at)) return null;
    const zoom = same ? map.getZoom() : box.zoom;
    return { center: point.at, zoom: Math.max(zoom, village ? VILLAGE_ZOOM : box.zoom) };
  }

  /* The camera moves when another place is selected, and stays where the user put it when only values change. */
  function fit(selection, places, area, force = false) {
    const next = { unit: area.unit, point: selection.village || selection.endpoint || selection.centre };
    const before = at.fitted;
    if (!force && before && before.unit === next.unit && before.point === next.point) return false;
    const to = !force && before && before.unit === next.unit && !next.point ? null : camera(selection, places, area);
    at.fitted = next;
    if (!to) return false;
    at.moved = false;
    map.jumpTo(to);
    return true;
  }

  function refit() {
    if (at.places && at.area && !lost) fit(at.selection, at.places, at.area, true);
  }

  function live(selection) {
    return !selection.as_of;
  }

  function paintLive(changed) {
    if (!map || lost || !at.places || !WITH_MAP.includes(at.page) || !live(at.selection)) return;
    painter.points("endpoints", at.places.endpoints, changed.endpoints || {});
    painter.points("centres", at.places.centres, changed.centres || {});
  }

  function paintChosen(selection, places) {
    for (const [source, key] of [["villages", selection.village], ["endpoints", selection.endpoint], ["centres", selection.centre]]) {
      const place = places[source].get(key);
      painter.chosen(source, place ? place.position : null);
    }
  }

  function paintPlaces() {
    painter.focus(at.places, at.area, at.description.as_of <= DISTRICTS_UNTIL);
    paintChosen(at.selection, at.places);
    paintLive(ioc.live.state);
  }

  function paintValues(values) {
    at.values = values;
    painter.units(values.units, at.places);
    painter.villages(values.villages);
  }

  function repaint() {
    if (!at.places) return;
    restyle(at.selection, at.description, at.places);
    paintPlaces();
    if (at.values) paintValues(at.values);
    done(true);
  }

  function done(changed) {
    const query = at.query;
    const mark = () => {
      handle.drawn += 1;
      handle.drawnFor = query;
      performance.clearMarks("ioc:drawn");
      performance.mark("ioc:drawn", { detail: query });
      ioc.hands.say("");
      announce(map);
    };
    if (!changed && map.loaded()) return mark();
    map.once("idle", mark);
    map.triggerRepaint();
  }

  function valuesOf(selection) {
    const key = JSON.stringify([selection.as_of, selection.tech, selection.op]);
    if (key !== asking.key) {
      asking.control.abort();
      asking = { key, control: new AbortController() };
    }
    return ioc.data.values(selection, asking.control.signal);
  }

  async function draw(query, page) {
    const mine = (turn += 1);
    const stale = () => mine !== turn;
    const selection = ioc.selection.parse(query);
    const values = valuesOf(selection);
    values.catch(() => null);
    const description = await ioc.data.describe(selection);
    if (!map) await engine().then((gl) => map || mount(gl, selection, description));
    await styleReady;
    const places = await ioc.data.places(description);
    if (stale() || lost) return;
    const before = painter.writes();
    const area = areaOf(selection, places);
    Object.assign(at, { selection, description, places, area, query, page });
    let changed = restyle(selection, description, places) !== false;
    changed = fit(selection, places, area) || changed;
    paintPlaces();
    const fresh = await values;
    if (stale() || lost) return;
    paintValues(fresh);
    done(changed || painter.writes() !== before);
  }

  function map_apply(search, page) {
    const query = (search || "").replace(/^\?/, "");
    const selection = ioc.selection.parse(query);
    dress(page, selection);
    attach();
    if (at.fallback) fallBack(query);
    else if (WITH_MAP.includes(page)) draw(query, page).catch((error) => error.name === "AbortError" || failed(error, query));
    at.page = page;
    return window.dash_clientside.no_update;
  }

  function failed(error, query) {
    if (error.name === "NotFoundError") return again();
    console.warn("map:", error.message);
    if (!map) fallBack(query);
  }

  /* The server no longer knows a hash that it named (it was restarted, or the data changed): begin with its description. */
  function again() {
    ioc.hands.say(ioc.text("map.error"));
    ioc.data.forget("/api/v1/map");
    clearTimeout(at.again);
    at.again = setTimeout(() => map_apply(window.location.search, ioc.selection.page()), RELOAD_MS);
  }

  /* --- what others tell ---------------------------------------------------------------------------------------------------- */

  const GEOMETRY = ["units", "villages", "endpoints", "centres"];
  let renewing = null;

  function renew(layers) {
    ioc.data.forget("/api/v1/values");
    if (GEOMETRY.some((name) => name in layers)) ioc.data.forget("/api/v1/map");
    clearTimeout(renewing);
    renewing = setTimeout(() => at.query !== undefined && map_apply(window.location.search, ioc.selection.page()), 300 + 1200 * Math.random());
  }

  document.addEventListener("ioc:state", ({ detail }) => {
    paintLive(detail.changed);
    const layers = detail.changed.layers || {};
    if (at.query !== undefined && ["coverage", ...GEOMETRY].some((name) => name in layers)) renew(layers);
  });
  document.addEventListener("ioc:fetch-failed", () => ioc.hands.say(ioc.text(at.places ? "map.values_error" : "map.error")));

  function start() {
    if (!hasWebGl()) at.fallback = true;
    else ioc.data.prefetch();
    const page = ioc.selection.page();
    new MutationObserver(attach).observe(document.body, { childList: true, subtree: true });
    map_apply(window.location.search, page);
  }

  Object.defineProperty(ioc, "dashReady", { get: () => Boolean(window.dash_clientside.set_props && document.getElementById("shell")) });
  Object.assign(ioc, { map_apply, start_map: start });
  window.iocMap = handle;
})();
