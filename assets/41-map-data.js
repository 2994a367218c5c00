/* What the map is drawn from: descriptions, geometry and values, each fetched once.

Geometry is a URL with a content hash and is kept by the browser; values are small and change. Nothing here throws on a network
error: it tries again, slower and slower, and the picture stays. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const KEPT = 12;
  const TIMEOUT_MS = 20_000;
  const RETRY_MS = [500, 1000, 2000, 4000, 8000];

  const kept = new Map();

  function pause(ms, signal) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms * (0.7 + 0.3 * Math.random()));
      if (signal) signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    });
  }

  /* A network that swallows requests must not hold the next try back for ever. */
  async function timed(url, signal) {
    const control = new AbortController();
    const stop = () => control.abort();
    const timer = setTimeout(stop, TIMEOUT_MS);
    if (signal) signal.addEventListener("abort", stop, { once: true });
    try {
      return await fetch(url, { signal: control.signal });
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", stop);
    }
  }

  async function json(url, signal) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await timed(url, signal);
        if (answer.ok) return await answer.json();
        if (answer.status < 500 && answer.status !== 429) throw new DOMException(`${url}: ${answer.status}`, "NotFoundError");
      } catch (error) {
        if (error.name === "NotFoundError" || (signal && signal.aborted)) throw error;
      }
      document.dispatchEvent(new CustomEvent("ioc:fetch-failed", { detail: url }));
      await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)], signal);
    }
  }

  /* The promise is kept, so that two askers share one request; a failed one is forgotten. The oldest goes first. */
  function once(key, make) {
    if (!kept.has(key)) {
      const promise = make();
      kept.set(key, promise);
      promise.catch(() => kept.delete(key));
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  }

  function forget(prefix) {
    for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
  }

  function query(values) {
    const given = Object.entries(values).filter(([, value]) => value);
    return given.length ? `?${new URLSearchParams(given)}` : "";
  }

  function describe({ as_of, known: known_at }) {
    const url = `/api/v1/map${query({ as_of, known_at })}`;
    return once(url, () => json(url));
  }

  function values({ as_of, known: known_at, tech, op }, signal) {
    const url = `/api/v1/values${query({ as_of, known_at, tech, op })}`;
    return once(url, () => json(url, signal));
  }

  function byKey(features, key) {
    return new Map(features.map((feature, position) => [feature.properties[key], { ...feature.properties, at: feature.geometry.coordinates, position }]));
  }

  /* Units by code, and points by id with the position that is their id on the map. */
  async function index(description) {
    const { units, villages, endpoints, centres } = description.sources;
    const layers = await Promise.all([units, villages, endpoints, centres].map((url) => json(url)));
    return {
      units: new Map(layers[0].features.map((feature) => [feature.properties.code, { ...feature.properties, feature }])),
      villages: byKey(layers[1].features, "id"),
      endpoints: byKey(layers[2].features, "id"),
      centres: byKey(layers[3].features, "id"),
    };
  }

  function places(description) {
    return once(`places ${Object.values(description.sources).join()}`, () => index(description));
  }

  /* The map's own sources ask for the same URLs; the first words of a page are these requests. */
  function prefetch() {
    const selection = ioc.selection.parse(window.location.search);
    describe(selection).then(places).catch(() => null);
    values(selection).catch(() => null);
  }

  ioc.data = { describe, places, values, forget, prefetch };
})();
