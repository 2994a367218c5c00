/* Texts and numbers in the page's language.

The server writes the catalogue's [js] table into <script id="ioc-text">; nothing a user reads is written here. */
(() => {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  const ioc = (window.dash_clientside.ioc = window.dash_clientside.ioc || {});

  let source = null;
  let texts = {};
  const formats = new Map();

  function flatten(table, prefix, into) {
    for (const [key, value] of Object.entries(table)) {
      if (value && typeof value === "object") flatten(value, `${prefix}${key}.`, into);
      else into[prefix + key] = String(value);
    }
    return into;
  }

  function catalogue() {
    const element = document.getElementById("ioc-text");
    if (element !== source) {
      source = element;
      texts = element ? flatten(JSON.parse(element.textContent), "", {}) : {};
    }
    return texts;
  }

  function language() {
    return document.documentElement.lang || "vi";
  }

  /* "{n} day ago|{n} days ago": the first form for one, the last for any other number. */
  function plural(template, n) {
    const forms = template.split("|");
    return n === 1 ? forms[0] : forms[forms.length - 1];
  }

  function text(key, values) {
    const template = catalogue()[key];
    if (template === undefined) return key;
    if (!values) return template;
    return plural(template, values.n).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  /* A formatter is costly to make and one is enough for each language. */
  function format(kind, make) {
    const key = `${kind} ${language()}`;
    if (!formats.has(key)) formats.set(key, make(language() === "vi" ? "vi-VN" : "en-GB"));
    return formats.get(key);
  }

  function number(value, digits = 0) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return format(`number ${digits}`, (locale) => new Intl.NumberFormat(locale, options)).format(value);
  }

  Object.assign(ioc, { text, number, format, language });
})();
