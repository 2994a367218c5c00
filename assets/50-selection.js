/* The selection is the URL, and nothing else.

select() changes it, the map follows at once and Dash's location ("url") right after the map's frame, so the panel's callbacks never
delay the drawing. Back, forward, reload and a pasted link go the same way: URL → map_apply. Ordinary links between our pages are taken
over here, so that the map stays mounted. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const KEYS = ["unit", "as_of", "known", "tech", "op", "layers", "village", "endpoint", "centre", "lang", "theme"];
  const NO_FRAME_MS = 150;
  const PAGES = ["map", "gaps", "wall", "feeds", "names", "entry", "connect"];
  const DEFAULTS = {
    unit: null, as_of: null, known: null, tech: "4g", op: null, layers: "villages,endpoints", village: null, endpoint: null, centre: null,
  };

  function parse(query) {
    const given = new URLSearchParams(query);
    const selection = { ...DEFAULTS };
    for (const key of KEYS) if (given.get(key)) selection[key] = given.get(key);
    if (given.get("layers") === "") selection.layers = "";
    if (selection.known && !hasBeen(selection.known)) selection.known = null;
    return selection;
  }

  /* A moment that has passed, in Viet Nam's time where it says no other; the page says what it makes of anything else. */
  function hasBeen(moment) {
    const zone = /(Z|[+-]\d\d:?\d\d)$/.test(moment) ? "" : "+07:00";
    return /T/.test(moment) && Date.parse(moment + zone) <= ioc.clock.now();
  }

  /* Canonical order, defaults left out; keys that we do not know are kept. */
  function build(selection, rest = new URLSearchParams()) {
    const query = new URLSearchParams();
    for (const key of KEYS) {
      const value = selection[key];
      if (value !== null && value !== undefined && value !== DEFAULTS[key]) query.set(key, value);
    }
    for (const [key, value] of rest) if (!KEYS.includes(key)) query.set(key, value);
    return query.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
  }

  function page(path = window.location.pathname) {
    const key = path.replace(/^\/+|\/+$/g, "") || "map";
    return (document.body.dataset.pages || key).split(" ").includes(key) ? key : "unknown";
  }

  function current() {
    return parse(window.location.search);
  }

  /* Dash hears of the new URL after the map has had its frame; a page that has no frames (hidden, a busy machine) waits no longer. */
  function tellDash() {
    const { pathname, search, href, hash } = window.location;
    let told = false;
    const tell = () => {
      if (told || !ioc.dashReady || href !== window.location.href) return;
      told = true;
      window.dash_clientside.set_props("url", { pathname, search, href, hash });
    };
    requestAnimationFrame(() => setTimeout(tell, 0));
    setTimeout(tell, NO_FRAME_MS);
  }

  let untold = false;

  /* A page asked for while the server was away is asked for again when it is back. */
  document.addEventListener("ioc:link", ({ detail }) => {
    if (detail.state === "live" && untold) tellDash();
    untold = untold && detail.state !== "live";
  });

  function go(url, replace = false) {
    if (url === window.location.pathname + window.location.search) return;
    if (ioc.later && !ioc.later.has(page(url.split("?")[0]))) return window.location.assign(url);
    window.history[replace ? "replaceState" : "pushState"]({}, "", url);
    ioc.map_apply(window.location.search, page());
    untold = untold || ioc.live.link.state !== "live";
    tellDash();
  }

  /* change: a query string, or an object of the keys that change (null takes one away). */
  function select(change, { replace = false, path = window.location.pathname } = {}) {
    const rest = new URLSearchParams(window.location.search);
    const keep = ({ lang, theme }) => ({ lang, theme });
    const next = typeof change === "string" ? { ...keep(current()), ...given(change) } : { ...current(), ...change };
    const query = build(next, typeof change === "string" ? undefined : rest);
    go(path + (query ? `?${query}` : ""), replace);
    return window.dash_clientside.no_update;
  }

  function given(query) {
    const selection = parse(query);
    for (const key of ["lang", "theme"]) if (!selection[key]) delete selection[key];
    return selection;
  }

  function plainClick(event) {
    return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  }

  function onLink(event) {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || !plainClick(event) || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href, window.location.href);
    if (to.origin !== window.location.origin || !PAGES.includes(page(to.pathname))) return;
    if (event.defaultPrevented) return onUrl();
    /* Another language is another document: the texts come with it. */
    if ((parse(to.search).lang || "vi") !== ioc.language()) return;
    event.preventDefault();
    closeMenus();
    go(to.pathname + to.search);
  }

  function onUrl() {
    ioc.map_apply(window.location.search, page());
  }

  function closeMenus() {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  }

  /* A day that the moment known had not come to falls away with it. */
  function onChange({ target }) {
    if (!["as-of", "known-at"].includes(target.id) || !target.validity.valid) return;
    const value = target.value || null;
    if (target.id === "as-of") select({ as_of: value === target.max ? null : value });
    else select({ known: value, ...(value && (current().as_of || "") >= value.slice(0, 10) && { as_of: null }) });
  }

  /* Neither a day that is over nor the knowledge of a moment that has passed. */
  function isNow({ as_of, known }) {
    return !as_of && !known;
  }

  document.addEventListener("click", onLink);
  document.addEventListener("click", (event) => event.target.closest && !event.target.closest("details.menu") && closeMenus());
  document.addEventListener("change", onChange);
  window.addEventListener("popstate", onUrl);
  Object.assign(ioc, { select, selection: { parse, build, current, page, isNow } });
})();
