/* What the lists need in the browser: numbers and days as the page's language writes them, links in cells, filters without accents. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  ioc.plain = plain;
  const missing = (value) => value === null || value === undefined;

  /* "Điện Biên" → "dien bien", as the server makes its search keys. */
  function plain(text) {
    return String(text)
      .toLowerCase()
      .replace(/đ/g, "d")
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  }

  function day(iso) {
    const [year, month, date] = iso.split("-").map(Number);
    const options = { timeZone: "UTC", day: "2-digit", month: "2-digit", year: "numeric" };
    return ioc.format("day", (locale) => new Intl.DateTimeFormat(locale, options)).format(Date.UTC(year, month - 1, date));
  }

  functions.countText = (value) => (missing(value) ? "–" : ioc.number(value));
  functions.kilometresText = (value) => (missing(value) ? "–" : ioc.number(value, 1));
  functions.dayText = (value) => (missing(value) ? "–" : day(value));
  functions.plainText = (value) => (missing(value) ? value : plain(value));
  functions.compareText = (a, b) =>
    ioc.format("order", (locale) => new Intl.Collator(locale, { numeric: true })).compare(a || "", b || "");
  functions.followLink = ({ event }) => {
    const link = event.key === "Enter" && event.target.querySelector && event.target.querySelector("a[href]");
    if (link) link.click();
  };

  components.PlaceLink = (cell) => window.React.createElement("a", { href: cell.data.href, tabIndex: -1 }, cell.value);

  /* Which data a list may be made from; the same as in ioc/layouts/gaps.py. */
  ioc.list_version = (layers, shown) => {
    const version = layers ? ["coverage", "villages", "units"].map((layer) => layers[layer] || 0).join(" ") : shown;
    return version === shown ? window.dash_clientside.no_update : version;
  };
})();
