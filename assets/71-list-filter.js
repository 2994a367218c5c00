/* What a list is filtered by stands in its address, so that reload, back, a pasted link and every file hold the same rows.

The box and the columns' filters write `find` and `where` (ioc/list_filter.py); links of the page that lead to the list or to its files
carry them on. On paper every row of the list is a row of a plain table: a grid draws only those that are on the screen. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const KEYS = ["find", "where"];
  const CARRIERS = 'a[href^="/gaps"], a[href^="/export/gaps."], a[href^="/export/map.html"]';
  const GRID = "gaps-grid";

  const onList = () => ioc.selection.page() === "gaps";

  function filters(params = new URLSearchParams(window.location.search)) {
    return KEYS.map((key) => [key, params.get(key)]);
  }

  function withFilters(search, values) {
    const params = new URLSearchParams(search);
    for (const [key, value] of values) {
      if (value) params.set(key, value);
      else params.delete(key);
    }
    const query = params.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
    return query ? `?${query}` : "";
  }

  function carry() {
    if (!onList()) return;
    const values = filters();
    for (const link of document.querySelectorAll(CARRIERS)) {
      const [path, search = ""] = link.getAttribute("href").split("?");
      const next = path + withFilters(search, values);
      if (next !== link.getAttribute("href")) link.setAttribute("href", next);
    }
  }

  ioc.filter_list = (text, model, options, query) => {
    const find = (text || "").trim();
    const where = model && Object.keys(model).length ? JSON.stringify(model) : null;
    const search = withFilters(window.location.search, [["find", find], ["where", where]]);
    if (onList() && search !== window.location.search) window.history.replaceState(window.history.state, "", window.location.pathname + search);
    carry();
    const { no_update } = window.dash_clientside;
    const quickFilterText = ioc.plain(find);
    return [options && options.quickFilterText === quickFilterText ? no_update : { ...options, quickFilterText }, search === query ? no_update : search];
  };

  /* A link that somebody is about to use; those of parts that the server has drawn again meanwhile, too. */
  for (const kind of ["pointerdown", "focusin", "keydown"]) document.addEventListener(kind, carry, { capture: true, passive: true });

  document.addEventListener("click", ({ target }) => {
    if (!target.closest || !target.closest("#gaps-unfilter")) return;
    window.dash_clientside.set_props("gaps-find", { value: "" });
    window.dash_clientside.set_props(GRID, { filterModel: {} });
  });

  /* --- on paper ------------------------------------------------------------------------------------------------------------------ */

  const make = (tag, more, ...children) => {
    const element = Object.assign(document.createElement(tag), more);
    element.append(...children);
    return element;
  };

  function table(grid) {
    const columns = grid.getAllDisplayedColumns();
    const cell = (node, column) => {
      const value = grid.getCellValue({ rowNode: node, colKey: column, useFormatter: true });
      return make("td", { className: column.isRightAligned && column.isRightAligned() ? "num" : "" }, value === null || value === undefined ? "–" : String(value));
    };
    const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, grid.getDisplayNameForColumn(column, "header"))));
    const rows = Array.from({ length: grid.getDisplayedRowCount() }, (_, i) => grid.getDisplayedRowAtIndex(i));
    const body = rows.map((node) => make("tr", {}, ...columns.map((column) => cell(node, column))));
    return make("table", { className: "table print-list" }, make("thead", {}, head), make("tbody", {}, ...body));
  }

  function clear() {
    for (const old of document.querySelectorAll(".print-list")) old.remove();
  }

  window.addEventListener("beforeprint", () => {
    clear();
    const element = onList() && document.getElementById(GRID);
    const grid = element && window.dash_ag_grid && window.dash_ag_grid.getApi(GRID);
    if (grid) element.after(table(grid));
  });
  window.addEventListener("afterprint", clear);
})();
