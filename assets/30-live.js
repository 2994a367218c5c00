/* Live state by Server-Sent Events, for ever.

One stream for each page. An EventSource gives up for good after an HTTP error, so every loss is handled here: retries with jitter,
never more than 8 s apart; a stream that stays silent is closed; where streams do not come through, /api/v1/state is polled and a
stream is tried now and then. A hidden page lets its stream go after a while (browsers allow six connections to a host). */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const SILENT_MS = 25_000;
  const FIRST_EVENT_MS = 8_000;
  const RETRY_MS = 8_000;
  const POLL_MS = 4_000;
  const STREAM_AGAIN_MS = 30_000;
  const HIDDEN_MS = 120_000;
  const REFRESH_MS = 2_000;
  const PARTS = ["endpoints", "centres", "feeds", "layers", "times"];

  const state = { version: null, build: null, store: null, endpoints: {}, centres: {}, feeds: {}, layers: {}, times: {} };
  const link = { state: "waiting", since: null, last: null };
  let source = null;
  let lastId = "";
  let failures = 0;
  let polled = false;
  let polling = false;
  const timers = {};

  const jitter = (ms) => ms * (0.6 + 0.4 * Math.random());

  function after(name, ms, what) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(what, ms);
  }

  function stop(...names) {
    for (const name of names) clearTimeout(timers[name]);
  }

  function setLink(next) {
    if (link.state === next) return;
    if (link.state === "live" || link.since === null) link.since = ioc.clock.now();
    link.state = next;
    document.dispatchEvent(new CustomEvent("ioc:link", { detail: link }));
  }

  /* What differs from the picture that we have; a full state also takes away what is gone. */
  function merge(message, full) {
    const changed = {};
    for (const part of PARTS) {
      if (!message[part]) continue;
      const fresh = Object.entries(message[part]).filter(([key, value]) => state[part][key] !== value);
      if (fresh.length) changed[part] = Object.fromEntries(fresh);
      state[part] = kept({ ...(full ? null : state[part]), ...message[part] });
    }
    return changed;
  }

  /* What is gone comes as null. */
  function kept(entries) {
    return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== null));
  }

  function take(message, full) {
    const first = state.version === null;
    ioc.clock.sync(message.now);
    link.last = ioc.clock.now();
    const changed = merge(message, full);
    if (message.store !== undefined && message.store !== state.store) changed.store = message.store;
    for (const key of ["version", "build", "store"]) if (message[key] !== undefined) state[key] = message[key];
    setLink("live");
    if (Object.keys(changed).length || full) document.dispatchEvent(new CustomEvent("ioc:state", { detail: { state, changed, first } }));
    if (!first && (changed.layers || changed.store)) refresh();
  }

  /* Server callbacks that show figures listen to this store: at most every two seconds, not all browsers at once. */
  function refresh() {
    if (timers.refresh) return;
    timers.refresh = setTimeout(() => {
      timers.refresh = null;
      if (ioc.dashReady) window.dash_clientside.set_props("live-version", { data: { ...state.layers } });
    }, REFRESH_MS + 500 * Math.random());
  }

  function close() {
    stop("silence", "retry");
    if (source) source.close();
    source = null;
  }

  function hear(event, full) {
    failures = 0;
    polled = false;
    stop("poll");
    lastId = event.lastEventId || lastId;
    after("silence", SILENT_MS, silent);
    take(JSON.parse(event.data), full);
  }

  function connect() {
    close();
    if (document.hidden && timers.asleep) return;
    source = new EventSource(`/api/v1/live${lastId ? `?last_event_id=${encodeURIComponent(lastId)}` : ""}`);
    source.addEventListener("state", (event) => hear(event, true));
    source.addEventListener("change", (event) => hear(event, false));
    source.addEventListener("beat", (event) => hear(event, false));
    source.onerror = () => fail();
    after("silence", FIRST_EVENT_MS, silent);
  }

  /* Connected, and not a word: a proxy that keeps the stream to itself, or a server that hangs. Asking tells which. */
  function silent() {
    if (!polled) setLink("stale");
    fail(true);
  }

  function fail(silently = false) {
    close();
    failures += 1;
    if (!silently && !polled) setLink("lost");
    if ((silently || failures >= 3) && !polling) poll();
    after("retry", jitter(polled ? STREAM_AGAIN_MS : Math.min(RETRY_MS, 500 * 2 ** failures)), connect);
  }

  async function ask() {
    const control = new AbortController();
    const timeout = setTimeout(() => control.abort(), FIRST_EVENT_MS);
    try {
      const answer = await fetch("/api/v1/state", { signal: control.signal, cache: "no-cache" });
      if (!answer.ok) throw new Error(`state ${answer.status}`);
      take(await answer.json(), true);
      return true;
    } catch (error) {
      return false;
    } finally {
      clearTimeout(timeout);
    }
  }

  async function poll() {
    const before = polled;
    polling = true;
    polled = await ask();
    polling = false;
    if (!failures) return;
    /* A server that answers again is asked for a stream at once. */
    if (polled && !before) after("retry", 0, connect);
    if (!polled) setLink("lost");
    after("poll", jitter(polled ? POLL_MS : RETRY_MS), poll);
  }

  /* Something odd happened (sleep, clock step, network back): find out now instead of at the next retry. */
  function check() {
    if (link.state === "live" && failures === 0) ask();
    else connect();
  }

  /* A reload only while the server answers: a browser's error page would stay for ever. */
  async function reload() {
    clearTimeout(timers.reload);
    const answer = await fetch(window.location.href, { cache: "no-store" }).catch(() => null);
    if (answer && answer.ok) window.location.reload();
    else after("reload", jitter(RETRY_MS), reload);
  }

  function onVisibility() {
    if (document.hidden) {
      timers.asleep = setTimeout(() => {
        close();
        stop("poll");
      }, HIDDEN_MS);
      return;
    }
    clearTimeout(timers.asleep);
    timers.asleep = null;
    if (!source) connect();
    else check();
  }

  function drawLink(at) {
    const element = document.getElementById("link-state");
    if (!element) return;
    const lost_s = link.since === null ? performance.now() / 1000 : (at - link.since) / 1000;
    const shown = state.store === "away" ? "stale" : link.state === "live" || lost_s < 3 ? "live" : link.state === "stale" ? "stale" : "lost";
    if (element.dataset.state !== shown) element.dataset.state = shown;
    const words = shown === "live" ? "" : linkText(at);
    if (element.textContent !== words) element.textContent = words;
  }

  function linkText(at) {
    if (link.last === null) return ioc.text("link.waiting");
    if (link.state === "live") return ioc.text("link.store");
    const key = navigator.onLine === false ? "offline" : link.state === "stale" ? "stale" : "lost";
    const age = ioc.clock.ageText((at - link.last) / 1000, link.last);
    return ioc.text(`link.${key}`, { at: ioc.clock.time(link.since), last: ioc.clock.time(link.last, true), age });
  }

  document.addEventListener("visibilitychange", onVisibility);
  document.addEventListener("ioc:tick", (event) => drawLink(event.detail));
  window.addEventListener("online", check);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  window.addEventListener("pagehide", close);
  ioc.live = { state, link, check, reload };
  connect();
})();
