/* The wall clock and the age of every figure, by the server's clock.

`.age[data-true-at]` is written again every second, so that figures grow old on screen also when the server or the worker is dead.
Ages never get younger by accident: while no server answers, the larger of the monotonic and the machine's clock counts (a sleeping
laptop stops the first, a stepped clock moves the second), and any jump between the two asks the server at once. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const ZONE = "Asia/Ho_Chi_Minh";
  const JUMP_MS = 2000;
  const MINUTE_S = 60;
  const HOUR_S = 3600;
  const DAY_S = 86400;

  const anchor = { server: Date.now(), machine: Date.now(), monotonic: performance.now(), known: false };
  let drift = 0;

  function now() {
    return anchor.server + Math.max(performance.now() - anchor.monotonic, Date.now() - anchor.machine);
  }

  /* `iso`: the server's time in a message that has just arrived. */
  function sync(iso) {
    const server = Date.parse(iso);
    if (Number.isNaN(server)) return;
    const first = !anchor.known;
    Object.assign(anchor, { server, machine: Date.now(), monotonic: performance.now(), known: true });
    drift = 0;
    if (first) tick();
  }

  function jumped() {
    const before = drift;
    drift = Date.now() - anchor.machine - (performance.now() - anchor.monotonic);
    return Math.abs(drift - before) > JUMP_MS;
  }

  function time(at, seconds = false) {
    const options = { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds && { second: "2-digit" }) };
    return ioc.format(`time ${seconds}`, (locale) => new Intl.DateTimeFormat(locale, options)).format(at);
  }

  function date(at) {
    const day = (english) => ({ day: english ? "numeric" : "2-digit", month: english ? "short" : "2-digit" });
    const options = (locale) => ({ timeZone: ZONE, year: "numeric", ...day(locale.startsWith("en")) });
    return ioc.format("date", (locale) => new Intl.DateTimeFormat(locale, options(locale))).format(at);
  }

  function weekday(at) {
    return ioc.format("weekday", (locale) => new Intl.DateTimeFormat(locale, { timeZone: ZONE, weekday: "long" })).format(at);
  }

  function ageText(seconds, at) {
    if (seconds < MINUTE_S) return ioc.text("age.seconds", { n: Math.max(0, Math.floor(seconds)) });
    if (seconds < HOUR_S) return ioc.text("age.minutes", { n: Math.floor(seconds / MINUTE_S) });
    if (seconds >= 31 * DAY_S) return ioc.text("age.on", { date: date(at) });
    if (seconds >= DAY_S) return ioc.text("age.days", { n: Math.floor(seconds / DAY_S) });
    const h = Math.floor(seconds / HOUR_S);
    const m = Math.floor((seconds % HOUR_S) / MINUTE_S);
    return m ? ioc.text("age.hours_minutes", { h, m }) : ioc.text("age.hours", { n: h });
  }

  function ageState({ late_at, stale_at }, at) {
    if (at >= stale_at) return "stale";
    return at >= late_at ? "late" : "fresh";
  }

  /* Only what differs is written; a text node that React made stays the same node. */
  function write(element, words) {
    const node = element.firstChild;
    if (node && node.nodeType === Node.TEXT_NODE && !node.nextSibling) {
      if (node.nodeValue !== words) node.nodeValue = words;
    } else if (element.textContent !== words) {
      element.textContent = words;
    }
  }

  function setState(element, state) {
    if (element && element.dataset.state !== "ended" && element.dataset.state !== state) element.dataset.state = state;
  }

  /* The source may have spoken again since the server wrote the figure. An endpoint that its source has left out has a time of its own. */
  function ageing({ dataset }) {
    const times = ioc.live.state.times;
    const heard = (dataset.heard || "").split("\n");
    const own = heard.find((key) => key.startsWith("endpoint/") && times[key]);
    if (own) return moments(times[own].map((iso) => Date.parse(iso)));
    const sources = heard.filter((key) => key.startsWith("source/")).map((key) => times[key]);
    const spoken = (i) => (sources.length && sources.every(Boolean) ? Math.min(...sources.map((source) => Date.parse(source[i]))) : 0);
    return moments([dataset.trueAt, dataset.lateAt, dataset.staleAt].map((iso, i) => Math.max(Date.parse(iso) || 0, spoken(i))));
  }

  function moments([true_at, late_at, stale_at]) {
    return { true_at, late_at: late_at || Infinity, stale_at: stale_at || Infinity };
  }

  function showAge(element, at) {
    const moments = ageing(element);
    if (!moments.true_at) return;
    const words = ageText((at - moments.true_at) / 1000, moments.true_at);
    const state = ageState(moments, at);
    setState(element, state);
    setState(element.closest(".figure"), state);
    if (!element.classList.contains("age-symbol")) return write(element, words);
    const label = `${ioc.text(`state.${element.dataset.state}`)} · ${words}`;
    if (element.title !== label) element.title = label;
  }

  function tick() {
    if (jumped() && ioc.live) ioc.live.check();
    if (document.hidden || !document.body) return;
    const at = now();
    for (const element of document.querySelectorAll("[data-clock]")) write(element, time(at));
    for (const element of document.querySelectorAll("[data-date]")) write(element, `${weekday(at)} ${date(at)}`);
    /* Without a word from the server for the first seconds the server's own text stands. */
    if (!anchor.known && performance.now() < 4000) return;
    for (const element of document.querySelectorAll(".age[data-true-at]")) showAge(element, at);
    document.dispatchEvent(new CustomEvent("ioc:tick", { detail: at }));
  }

  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("DOMContentLoaded", tick);
  ioc.clock = { now, sync, time, date, ageText };
})();
