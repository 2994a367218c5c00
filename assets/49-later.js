/* Scripts that only the lists need: a page with a map loads them when the map is drawn and nothing else is to do. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const WITH_MAP = ["map", "wall"];
  const AT_THE_LATEST_MS = 15_000;

  let missing = [];
  let begun = false;

  function load() {
    if (begun) return;
    begun = true;
    for (const src of missing.slice()) {
      const script = Object.assign(document.createElement("script"), { src, async: false });
      script.onload = () => (missing = missing.filter((other) => other !== src));
      document.head.append(script);
    }
  }

  function start() {
    const element = document.getElementById("ioc-later");
    missing = element ? JSON.parse(element.textContent) : [];
    const rest = () => (window.requestIdleCallback ? window.requestIdleCallback(load, { timeout: AT_THE_LATEST_MS }) : load());
    if (missing.length) setTimeout(rest, 3000);
  }

  /* A page whose scripts are not here yet is opened as a document of its own. */
  ioc.later = { has: (page) => missing.length === 0 || WITH_MAP.includes(page) };
  start();
})();
