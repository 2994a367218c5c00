/* What a person has opened stays open, scrolled where it was, with the focus where it was, when new data draw a part of the page again.

Dash puts new elements in the place of old ones; nobody but the browser knows what of them was open. Here it is noted under a key that an
element and the one in its place share, and given back before the next frame is painted. Another URL begins with everything closed. */
(() => {
  "use strict";
  const MARKS = ["data-keep", "data-key", "data-entry", "data-feed", "data-state-key"];
  const OWN = ".ag-root-wrapper, .map-canvas, .search-results"; // these keep their own state, and change with every key or frame

  let noted = { url: "", open: new Map(), scroll: new Map(), focus: null };

  const url = () => window.location.pathname + window.location.search;

  function notes() {
    if (noted.url !== url()) noted = { url: url(), open: new Map(), scroll: new Map(), focus: null };
    return noted;
  }

  function mark(element) {
    if (element.id) return `#${element.id}`;
    for (const name of MARKS) if (element.hasAttribute(name)) return `[${name}=${element.getAttribute(name)}]`;
    const href = element.tagName === "A" && element.getAttribute("href");
    return href ? `a[${href}]` : null;
  }

  function step(element) {
    const kind = `${element.tagName}.${element.classList.item(0) || ""}`;
    const alike = [...element.parentElement.children].filter((other) => `${other.tagName}.${other.classList.item(0) || ""}` === kind);
    return `${kind}:${alike.indexOf(element)}`;
  }

  /* From the nearest ancestor with an id: marks where there are some, places among their like elsewhere. */
  function key(element) {
    const steps = [];
    for (let at = element; at.parentElement && at !== document.body; at = at.parentElement) {
      const own = mark(at);
      steps.push(own || step(at));
      if (at.id) break;
    }
    return steps.reverse().join(">");
  }

  const ours = (element) => Boolean(element.isConnected && element.closest("#shell") && !element.closest(OWN));

  document.addEventListener(
    "toggle",
    ({ target }) => target.tagName === "DETAILS" && ours(target) && notes().open.set(key(target), target.open),
    { capture: true },
  );

  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (!(target instanceof Element) || !ours(target)) return;
      notes().scroll.set(key(target), [target.scrollLeft, target.scrollTop]);
    },
    { capture: true, passive: true },
  );

  document.addEventListener("focusin", ({ target }) => {
    notes().focus = target.closest && target.closest("#shell") ? { element: target, key: key(target) } : null;
  });
  document.addEventListener("pointerdown", ({ target }) => (target.closest && target.closest("a, button, input, summary, select, textarea")) || (notes().focus = null));

  function give(element) {
    const { open, scroll } = notes();
    const details = element.tagName === "DETAILS" ? [element] : [];
    for (const one of [...details, ...element.querySelectorAll("details")]) {
      const was = open.get(key(one));
      if (was !== undefined && one.open !== was) one.open = was;
    }
    if (!scroll.size) return;
    for (const one of [element, ...element.querySelectorAll("*")]) {
      if (one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth) continue;
      const was = scroll.get(key(one));
      if (was && (one.scrollLeft !== was[0] || one.scrollTop !== was[1])) one.scrollTo({ left: was[0], top: was[1], behavior: "instant" });
    }
  }

  /* A focus that went away with its element goes to the one in its place. */
  function refocus() {
    const { focus } = notes();
    if (!focus || focus.element.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
    for (const one of document.querySelectorAll("#shell :is(a, button, input, select, textarea, summary, [tabindex])")) {
      if (key(one) === focus.key) return one.focus({ preventScroll: true });
    }
  }

  function onChange(records) {
    const added = new Set();
    for (const record of records) {
      for (const node of record.addedNodes) if (node instanceof Element && ours(node)) added.add(node);
    }
    if (!added.size) return;
    for (const node of added) give(node);
    holdScroll(records);
    refocus();
  }

  /* What scrolls around the new elements: it was never taken away, but it was empty for a moment. */
  function holdScroll(records) {
    const { scroll } = notes();
    for (const target of new Set(records.map((record) => record.target))) {
      if (!(target instanceof Element) || !target.isConnected) continue;
      for (let up = target; up && up !== document.body; up = up.parentElement) {
        const was = scroll.get(key(up));
        if (was && up.scrollTop !== was[1]) up.scrollTop = was[1];
      }
    }
  }

  new MutationObserver(onChange).observe(document.body, { childList: true, subtree: true });
})();
