/* What the server refuses is said on the page: a callback that gets no answer says nothing by itself. Fields for files get the name of
the place around them, which Dash does not give them. */
(() => {
  "use strict";
  const CALLBACKS = "/_dash-update-component";
  const SHOWN_MS = 15_000;
  const fetched = window.fetch.bind(window);

  async function tell(answer) {
    const said = await answer.json().catch(() => null);
    const detail = said && said.detail;
    if (!detail || !detail.message) return;
    const note = document.createElement("div");
    note.className = "refused-note";
    note.setAttribute("role", "alert");
    note.textContent = document.documentElement.lang === "en" ? detail.message_en : detail.message;
    document.querySelectorAll(".refused-note").forEach((before) => before.remove());
    document.body.append(note);
    setTimeout(() => note.remove(), SHOWN_MS);
  }

  window.fetch = async (what, ...more) => {
    const answer = await fetched(what, ...more);
    const url = typeof what === "string" ? what : what.url || "";
    if (answer.status >= 400 && url.includes(CALLBACKS)) tell(answer.clone());
    return answer;
  };

  function nameFields() {
    for (const field of document.querySelectorAll('input[type="file"]:not([aria-label])')) {
      const place = field.closest("[id]") || field.parentElement;
      const text = (place.textContent || "").trim();
      if (text) field.setAttribute("aria-label", text);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
    nameFields();
  });
})();
