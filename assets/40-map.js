/* The map's place on the page: mounted once for the life of the page, before Dash has drawn anything, and moved into #map when that
appears; hidden and never taken away on pages without a map.

map_apply(query, page) draws a selection: 46 mounts MapLibre, 47 draws. Geometry is loaded by MapLibre from URLs; values, live states and
the selection are feature states (44). Without WebGL 2 the exported map is shown instead. `window.iocMap` is for tests and the console. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const WITH_MAP = ["map", "wall"];
  const GEOMETRY = ["units", "villages", "endpoints", "centres"];
  const AGAIN_MS = 3_000;

  const holder = document.createElement("div");
  holder.className = "map-canvas";

  let announce;
  const ready = new Promise((resolve) => (announce = resolve));
  const handle = { map: null, drawn: 0, drawnFor: null, ready };

  /* All that the map's files share: what is on the screen, and what it was drawn from. */
  const at = {
    holder, handle, announce, map: null, painter: null, lost: false, fallback: false,
    page: null, query: null, selection: null, description: null, places: null, area: null, values: null,
    hasMap: () => WITH_MAP.includes(at.page),
  };

  function attach() {
    if (at.fallback) return fallBack();
    if (holder.isConnected && holder.parentElement !== document.body) return;
    const place = document.getElementById("map") || document.body;
    if (holder.parentElement !== place) place.prepend(holder);
    /* The canvas inside takes the keyboard; one stop is enough. */
    place.removeAttribute("tabindex");
  }

  function dress(page, selection) {
    const { dataset } = document.body;
    dataset.page = page;
    dataset.theme = selection.theme || "dark";
    document.documentElement.dataset.bsTheme = dataset.theme;
  }

  /* The map that can be taken along needs no WebGL. */
  function fallBack() {
    at.fallback = true;
    holder.remove();
    const place = document.getElementById("map-fallback");
    if (!place) return;
    place.hidden = false;
    place.dataset.shown = "";
    const frame = place.querySelector("iframe") || place.appendChild(document.createElement("iframe"));
    const query = ioc.selection.build(ioc.selection.current());
    const url = `/export/map.html${query ? `?${query}` : ""}`;
    if (frame.getAttribute("src") !== url) frame.setAttribute("src", url);
    frame.title = document.title;
    announce(null);
  }

  function map_apply(search, page) {
    const query = (search || "").replace(/^\?/, "");
    dress(page, ioc.selection.parse(query));
    attach();
    at.page = page;
    if (at.fallback) fallBack();
    else if (at.hasMap()) ioc.draw.draw(query).catch(failed);
    return window.dash_clientside.no_update;
  }

  function failed(error) {
    if (error.name === "AbortError") return;
    if (error.name === "NotFoundError") return nothingKnown(error) ? ioc.hands.say(ioc.text("map.nothing_known")) : again();
    if (at.map) console.warn("map:", error.message);
    else fallBack();
  }

  /* Before the store knew anything there is no map, however often one asks. */
  function nothingKnown(error) {
    return Boolean(ioc.selection.current().known) && error.message.startsWith("/api/v1/map");
  }

  function redraw() {
    map_apply(window.location.search, ioc.selection.page());
  }

  /* The server no longer knows a hash that it named (it was restarted, or the data changed): begin with its description. */
  function again() {
    ioc.hands.say(ioc.text("map.error"));
    ioc.data.forget("/api/v1/map");
    clearTimeout(at.again);
    at.again = setTimeout(redraw, AGAIN_MS);
  }

  /* Data behind the picture changed: fetched again, not by all browsers at once. */
  function renew(layers) {
    ioc.data.forget("/api/v1/values");
    if (GEOMETRY.some((name) => name in layers)) ioc.data.forget("/api/v1/map");
    clearTimeout(at.again);
    at.again = setTimeout(redraw, 300 + 1200 * Math.random());
  }

  document.addEventListener("ioc:state", ({ detail }) => {
    ioc.draw.live(detail.changed);
    const layers = detail.changed.layers || {};
    if (!detail.first && at.query !== null && ["coverage", ...GEOMETRY].some((name) => name in layers)) renew(layers);
  });
  document.addEventListener("ioc:fetch-failed", () => ioc.hands.say(ioc.text(at.places ? "map.values_error" : "map.error")));

  function start() {
    ioc.life.warm();
    ioc.data.prefetch();
    new MutationObserver(attach).observe(document.body, { childList: true, subtree: true });
    redraw();
  }

  Object.defineProperty(ioc, "dashReady", { get: () => Boolean(window.dash_clientside.set_props && document.getElementById("shell")) });
  Object.assign(ioc, { at, map_apply, start_map: start });
  window.iocMap = handle;
})();
