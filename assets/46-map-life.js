/* The life of the MapLibre map: mounted, restyled, its context lost and restored, its sources asked for again. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const at = ioc.at;
  const DISTRICTS_UNTIL = "2025-06-30";
  const WAIT_FOR_ENGINE_MS = 20_000;
  const RESTORE_MS = 10_000;
  const RELOAD_MS = 3_000;

  let styled = null;
  let mounting = null;
  let restoring = null;
  const reloading = {};

  /* The workers read the engine's script while the first answers are on their way. */
  function warm() {
    engine().then((maplibregl) => maplibregl.prewarm()).catch(() => null);
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

  /* Whether districts were still units on that day, and not only a grouping. */
  function districts(description) {
    return description.as_of <= DISTRICTS_UNTIL;
  }

  function styleOf(selection, description, places, tokens) {
    const view = {
      sources: description.sources,
      districts: districts(description),
      layers: selection.layers.split(","),
      labels: { type: "FeatureCollection", features: [] }, // 48-map-labels.js writes them
    };
    return ioc.style.style(view, tokens);
  }

  function key(selection, description, tokens) {
    return JSON.stringify([tokens, description.sources, districts(description), selection.layers]);
  }

  /* Theme, size, structure or layers changed: another style, applied by difference. Says whether it was. */
  function restyle(selection, description, places) {
    const tokens = ioc.style.tokens(at.holder, description.bbox);
    const next = key(selection, description, tokens);
    if (next === styled) return false;
    styled = next;
    at.map.setStyle(styleOf(selection, description, places, tokens), { diff: true, validate: false });
    ioc.labels.forget();
    ioc.symbols.drop(at.map, (id) => id.includes(`|${tokens.halo}`) || id.startsWith("hatch"));
    return true;
  }

  /* Resolves when the style can take feature states. */
  function mount(selection, description, places) {
    mounting = mounting || engine().then((maplibregl) => build(maplibregl, selection, description, places));
    return mounting;
  }

  function build(maplibregl, selection, description, places) {
    const tokens = ioc.style.tokens(at.holder, description.bbox);
    styled = key(selection, description, tokens);
    const map = new maplibregl.Map({
      container: at.holder,
      style: styleOf(selection, description, places, tokens),
      bounds: description.bbox, fitBoundsOptions: { padding: ioc.draw.padding() },
      fadeDuration: 0, attributionControl: false, renderWorldCopies: false, maxZoom: 14, minZoom: 4,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, rollEnabled: false, doubleClickZoom: false,
      refreshExpiredTiles: false, canvasContextAttributes: { contextType: "webgl2" }, validateStyle: false, locale: { "Map.Title": ioc.text("map.label") },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    at.handle.map = at.map = map;
    at.painter = ioc.paint.painter(map);
    ioc.symbols.supply(map);
    ioc.hands.hold(map, at.holder, at);
    watch(map);
    return new Promise((resolve) => map.once("style.load", resolve));
  }

  function watch(map) {
    map.on("style.load", () => map.getSource("units") && ioc.style.hold(map));
    ioc.labels.watch(map);
    map.on("movestart", (event) => (at.moved = at.moved || Boolean(event.originalEvent)));
    map.on("resize", () => at.moved || at.lost || ioc.draw.refit());
    map.on("error", ({ sourceId, error }) => (sourceId ? reload(sourceId) : console.warn("map:", error && error.message)));
    map.on("webglcontextlost", lose);
    map.on("webglcontextrestored", restore);
  }

  /* A source whose geometry did not come asks again, by a description that the server has just made. */
  function reload(sourceId) {
    clearTimeout(reloading[sourceId]);
    reloading[sourceId] = setTimeout(async () => {
      ioc.data.forget("/api/v1/map");
      const description = await ioc.data.describe(at.selection || ioc.selection.current()).catch(() => null);
      const source = !at.lost && at.map.getSource(sourceId);
      if (source && description && description.sources[sourceId]) source.setData(description.sources[sourceId]);
    }, RELOAD_MS * (0.7 + 0.6 * Math.random()));
  }

  /* Buffers of a lost context are let go while it is lost; later each of them would be an error in the console. */
  function lose() {
    at.lost = true;
    at.map.setStyle({ version: 8, sources: {}, layers: [] }, { diff: false });
    restoring = setTimeout(ioc.live.reload, RESTORE_MS);
  }

  /* A restored context is empty: every tile, image and feature state is made again. */
  function restore() {
    clearTimeout(restoring);
    const { map, selection, description, places } = at;
    if (!description) return ioc.live.reload();
    const tokens = ioc.style.tokens(at.holder, description.bbox);
    styled = key(selection, description, tokens);
    map.setStyle(styleOf(selection, description, places, tokens), { diff: false, validate: false });
    map.once("style.load", () => {
      at.lost = false;
      at.painter.forget();
      ioc.draw.repaint();
      /* What was selected meanwhile. */
      ioc.map_apply(window.location.search, ioc.selection.page());
    });
  }

  /* A WebGL canvas prints empty: a copy of its picture is printed instead. */
  const paper = document.createElement("canvas");
  paper.className = "map-print";

  function copy() {
    if (!at.map || at.lost || !at.hasMap()) return;
    const canvas = at.map.getCanvas();
    Object.assign(paper, { width: canvas.width, height: canvas.height });
    at.map.redraw();
    paper.getContext("2d").drawImage(canvas, 0, 0);
    at.holder.append(paper);
  }

  window.addEventListener("beforeprint", copy);
  window.addEventListener("afterprint", () => paper.remove());

  ioc.life = { warm, mount, restyle, districts };
})();
