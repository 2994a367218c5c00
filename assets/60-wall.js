/* The wall: scenes in turn, each a query of the map. Runs for weeks: one timer, the history is replaced, nothing is kept. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const IDLE_MS = 5_000;
  const PAUSE_MS = 60_000;
  const MIN_DWELL_S = 5;

  let timer = null;
  let at = 0;
  let held = false;
  let wakeLock = null;
  let build = null;
  let idle = null;

  const onWall = () => document.body.dataset.page === "wall";

  function scenes() {
    const element = document.getElementById("wall-scenes-data");
    return element && element.textContent ? JSON.parse(element.textContent) : [];
  }

  function show(list) {
    const bar = document.querySelector(".wall-scenes");
    if (!bar) return;
    while (bar.children.length < list.length) bar.append(document.createElement("li"));
    while (bar.children.length > list.length) bar.lastElementChild.remove();
    list.forEach((scene, i) => {
      bar.children[i].textContent = scene.title;
      bar.children[i].toggleAttribute("aria-current", i === at);
    });
    bar.toggleAttribute("data-paused", held);
  }

  function where(list) {
    const now = ioc.selection.build({ ...ioc.selection.current(), lang: null, theme: null });
    const found = list.findIndex((scene) => ioc.selection.build(ioc.selection.parse(scene.query)) === now);
    return found < 0 ? 0 : found;
  }

  function goTo(next) {
    const list = scenes();
    if (!list.length) return;
    at = (next + list.length) % list.length;
    ioc.select(list[at].query, { replace: true });
    run();
  }

  function run() {
    clearTimeout(timer);
    const list = scenes();
    if (!onWall() || !list.length) return;
    show(list);
    if (!held) timer = setTimeout(turn, Math.max(MIN_DWELL_S, list[at] ? list[at].dwell_s : MIN_DWELL_S) * 1000);
  }

  /* Without the server the wall keeps its last picture. A new version of the server's assets is taken between two scenes. */
  function turn() {
    if (ioc.live.link.state !== "live") return run();
    const now = ioc.live.state.build;
    if (build && now && now !== build) ioc.live.reload();
    build = build || now;
    goTo(at + 1);
  }

  function hold(next) {
    held = next;
    run();
  }

  /* A pointer that rests on the wall is not a visitor: the scenes go on when it has been still for a minute. */
  function onPointer(event) {
    if (!onWall() || (event.movementX === 0 && event.movementY === 0)) return;
    document.body.removeAttribute("data-idle");
    clearTimeout(idle);
    idle = setTimeout(() => document.body.setAttribute("data-idle", ""), IDLE_MS);
    if (!held) hold(true);
    clearTimeout(timer);
    timer = setTimeout(() => hold(false), PAUSE_MS);
  }

  function onKey(event) {
    if (!onWall() || event.target.closest("input, textarea, select")) return;
    const keys = { " ": () => hold(!held), ArrowRight: () => goTo(at + 1), ArrowLeft: () => goTo(at - 1), f: fullScreen };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  function fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => null);
  }

  async function stayAwake() {
    if (!onWall() || document.hidden || wakeLock || !navigator.wakeLock) return;
    wakeLock = await navigator.wakeLock.request("screen").catch(() => null);
    if (wakeLock) wakeLock.addEventListener("release", () => (wakeLock = null), { once: true });
  }

  /* The page's content comes from the server after the URL; the wall begins when its scenes are there. */
  let started = false;

  function look() {
    const ready = onWall() && scenes().length > 0;
    if (ready && !started) {
      at = where(scenes());
      build = build || ioc.live.state.build;
      run();
      stayAwake();
    }
    if (ready) show(scenes());
    if (!ready) clearTimeout(timer);
    started = ready;
  }

  document.addEventListener("ioc:tick", look);
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("pointermove", onPointer, { passive: true });
  document.addEventListener("visibilitychange", stayAwake);
  ioc.wall = { hold, goTo };
})();
