/* The list under the search field by keyboard: "/" goes to the field, arrows walk through the list, Enter takes the first, Escape closes.

The list closes when something was chosen or the focus went elsewhere, and opens again with the next key. */
(() => {
  "use strict";
  const field = () => document.getElementById("search");
  const list = () => document.getElementById("search-results");
  const hits = () => [...document.querySelectorAll("#search-results .search-hit")];

  function close() {
    if (list()) list().dataset.closed = "";
  }

  function open() {
    if (list()) delete list().dataset.closed;
  }

  function walk(step) {
    const all = hits();
    const at = all.indexOf(document.activeElement) + step;
    if (at < 0) field().focus();
    else if (all[at]) all[at].focus();
  }

  function onKey(event) {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && field() && field().offsetParent) {
      event.preventDefault();
      return field().focus();
    }
    if (!event.target.closest(".search")) return;
    const keys = { ArrowDown: () => walk(1), ArrowUp: () => walk(-1), Escape: leave };
    if (event.key === "Enter" && event.target === field()) return hits().slice(0, 1).forEach((hit) => hit.click());
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  function leave() {
    close();
    field().blur();
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("input", ({ target }) => target === field() && open());
  document.addEventListener("focusin", ({ target }) => (target === field() ? open() : !target.closest(".search") && close()));
  document.addEventListener("pointerdown", ({ target }) => target.closest && !target.closest(".search") && close());
  document.addEventListener("click", ({ target }) => target.closest && target.closest(".search-hit") && leave());
})();
