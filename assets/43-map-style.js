/* The map's style: a pure function of the geometry's URLs, the theme's tokens and the size of the room.

Text has the size that the style sheet gives it; symbols follow the map's own size (`unit`, in px) and grow with the zoom above the
zoom that shows the whole province (`zoom`).
Whatever changes often (classes, states, what is selected or outside) is feature-state and read by the expressions here; whatever
changes seldom (theme, size, date's structure, layers shown) is another style, which MapLibre applies by difference.
Feature states: units `c` class, `o` outside the selected area, `h` hidden, `s` selected; villages and endpoints `k`.

Layers of one kind give the same properties by feature state, needed or not: each other set is one more pair of shaders to compile, and
without a GPU a pair takes as long as drawing the whole map. The ground is the page's own background, not a layer.

A tile is built once and used at every zoom (`reparseOverscaled` off, see hold()), so that drilling builds none: therefore no
expression here may read the zoom together with a feature or its state; sizes read the zoom alone. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const TOKENS = ["bg", "ink", "ink3", "halo", "accent", "ok", "bad", "unknown", "border", "hatch", "class-none", "village", "gap"];
  const CLASSES = 5;
  const TILE_ZOOM = 7;
  const EMPTY = { type: "FeatureCollection", features: [] };

  const state = (name, otherwise) => ["coalesce", ["feature-state", name], otherwise];
  const when = (name, yes, no) => ["case", ["==", state(name, 0), 1], yes, no];
  const kind = (k, yes, no) => ["case", ["==", state("k", -1), k], yes, no];
  const GROWN = 3.5;

  /* [dx, dy] of a feature, in px: an array inside a feature reaches an expression as text, so it is made of two numbers. */
  const FAR = 2000;
  const across = (dy) => ["interpolate", ["linear"], ["get", "dx"], -FAR, ["literal", [-FAR, dy]], FAR, ["literal", [FAR, dy]]];
  const OFFSET = ["interpolate", ["linear"], ["get", "dy"], -FAR, across(-FAR), FAR, across(FAR)];

  /* From the whole province to a commune on the screen, symbols grow from one unit to two or so. */
  const growing = (t, far, near) => ["interpolate", ["linear"], ["zoom"], t.zoom, far, t.zoom + GROWN, near];
  const level = (name) => ["==", ["get", "level"], name];

  /* Colours are the style sheet's own, `px` is the font size that the style sheet gives the map in this room. */
  function tokens(element, bbox) {
    const computed = window.getComputedStyle(element);
    const read = (name) => computed.getPropertyValue(`--map-${name}`).trim();
    const classes = Array.from({ length: CLASSES }, (_, i) => read(`class-${i}`));
    const named = Object.fromEntries(TOKENS.map((name) => [name, read(name)]));
    return { ...named, classes, px: Math.round(parseFloat(computed.fontSize)), ...room(element, bbox) };
  }

  /* Half steps, so that a resized window seldom means another style. */
  function room({ clientWidth, clientHeight }, [west, south, east, north]) {
    const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
    const across = clientWidth / (512 * ((east - west) / 360));
    const down = clientHeight / (512 * (mercator(north) - mercator(south)));
    const side = Math.min(clientWidth, clientHeight);
    return { zoom: Math.round(2 * Math.log2(Math.max(1, Math.min(across, down)))) / 2, unit: Math.round(Math.max(8, side / 60)) };
  }

  function classColour(t) {
    const pairs = t.classes.flatMap((colour, i) => [i, colour]);
    return ["match", state("c", -2), ...pairs, t["class-none"]];
  }

  function sources(view) {
    const geojson = (data, more) => ({ type: "geojson", data, maxzoom: TILE_ZOOM, ...more });
    return {
      units: geojson(view.sources.units, { promoteId: "code", buffer: 16, tolerance: 0.2 }),
      nodata: geojson(EMPTY, { buffer: 16, tolerance: 0.2 }),
      villages: geojson(view.sources.villages, { buffer: 64 }),
      endpoints: geojson(view.sources.endpoints, { buffer: 64 }),
      centres: geojson(view.sources.centres, { buffer: 64 }),
      labels: geojson(view.labels, { promoteId: "code", buffer: 128 }),
    };
  }

  /* One tile for every zoom: see above. */
  function hold(map) {
    for (const name of ["units", "nodata", "villages", "endpoints", "centres", "labels"]) map.getSource(name).reparseOverscaled = false;
  }

  function fills(view, t) {
    const shown = when("h", 0, 1);
    const fill = (id, filter) => ({
      id, type: "fill", source: "units", filter,
      paint: { "fill-color": classColour(t), "fill-opacity": shown, "fill-antialias": false },
    });
    return [...(view.districts ? [fill("district-fill", level("district"))] : []), fill("commune-fill", level("commune"))];
  }

  /* A pattern over the whole map costs as much as all other layers together, so its source holds what has no data and nothing else. */
  function hatch(t) {
    const image = `hatch|${Math.max(6, Math.round(t.unit * 0.6))}|${t.hatch}|${t["class-none"]}`;
    return { id: "hatch", type: "fill", source: "nodata", paint: { "fill-pattern": image, "fill-antialias": false } };
  }

  function line(id, filter, width, colour, opacity) {
    return {
      id, type: "line", source: "units", filter, layout: { "line-join": "round" },
      paint: { "line-color": colour, "line-width": width, "line-opacity": opacity },
    };
  }

  function lines(t) {
    const thin = Math.max(1, t.unit / 14);
    return [
      line("commune-line", level("commune"), thin, t.border, when("h", 0, 1)),
      line("district-line", level("district"), thin * 2.6, t.border, when("o", 0.7, 1)),
      line("province-line", ["all", level("province"), ["==", ["get", "drawn"], true]], thin * 3.4, t.border, when("o", 0.7, 1)),
    ];
  }

  /* radius: px or by zoom; the others by state. */
  function circle(id, source, layout, radius, [colour, opacity, edgeColour, edge]) {
    return {
      id, type: "circle", source, layout,
      paint: { "circle-radius": radius, "circle-color": colour, "circle-opacity": opacity, "circle-stroke-color": edgeColour, "circle-stroke-width": edge },
    };
  }

  /* Covered is a dot, weak a ring, none a larger dot, no data a thin ring. */
  function villages(view, t) {
    const edge = ["match", state("k", -1), 1, t.unit * 0.1, 2, t.unit * 0.09, 3, t.unit * 0.05, 0];
    return circle("village", "villages", visible(view, "villages"), growing(t, t.unit * 0.15, t.unit * 0.42), [
      ["match", state("k", -1), 0, t.village, 2, t.gap, t.halo],
      ["match", state("k", -1), 0, 0.8, 1, 0.35, 2, 1, 0.2],
      when("s", t.accent, ["match", state("k", -1), 3, t.ink3, t.gap]),
      when("s", t.unit * 0.4, edge),
    ]);
  }

  function mask(t) {
    return [
      {
        id: "outside", type: "fill", source: "units", filter: level("commune"),
        paint: { "fill-color": when("o", t.bg, t.halo), "fill-opacity": when("o", 0.62, 0), "fill-antialias": false },
      },
      line("selected", ["!", level("province")], Math.max(2, t.unit / 5), t.accent, when("s", 1, 0)),
    ];
  }

  function labels(view, t) {
    const label = (id, of, px, weight, more) => ({
      id, type: "symbol", source: "labels", filter: level(of),
      layout: {
        "icon-image": ["concat", `label|${Math.round(px)}|${t.ink}|${t.halo}|${weight}|`, ["get", "name"]],
        "icon-anchor": "center", "icon-offset": OFFSET, "icon-padding": 0, "symbol-sort-key": ["get", "order"], ...more,
      },
      paint: { "icon-opacity": ["case", ["==", state("h", 0), 1], 0, ["==", state("o", 0), 1], 0.4, 1] },
    });
    const communes = label("commune-label", "commune", t.px, 500);
    return view.districts ? [communes, label("district-label", "district", t.px * 1.1, 600, { "icon-ignore-placement": true })] : [communes];
  }

  function visible(view, layer) {
    return { visibility: view.layers.includes(layer) ? "visible" : "none" };
  }

  /* Drawn at its largest and made smaller. */
  function symbol(view, t, source, id, image, k, [far, near]) {
    const name = `${image.kind}|${Math.ceil(t.unit * near)}|${image.ink}|${t.halo}`;
    return {
      id, type: "symbol", source,
      layout: { ...visible(view, source), "icon-image": name, "icon-size": growing(t, far / near, 1), "icon-allow-overlap": true, "icon-ignore-placement": true },
      paint: { "icon-opacity": k === null ? kind(-2, 0, 1) : kind(k, 1, 0) },
    };
  }

  function centres(view, t) {
    const mark = circle("centre-mark", "centres", visible(view, "centres"), t.unit * 1.1, [
      when("s", t.accent, t.halo), when("s", 0.25, 0), when("s", t.accent, t.halo), when("s", t.unit * 0.24, 0),
    ]);
    return [mark, symbol(view, t, "centres", "centre", { kind: "house", ink: t.ink }, null, [0.8, 1.5])];
  }

  /* A good endpoint is a quiet ring under the names, an unknown one a dashed square; what is lost lies above everything. */
  function ring(view, t) {
    const edge = ["match", state("k", -1), 0, t.unit * 0.16, -1, t.unit * 0.09, 0];
    return circle("endpoint", "endpoints", visible(view, "endpoints"), growing(t, t.unit * 0.29, t.unit * 0.5), [
      when("s", t.accent, t.halo),
      kind(0, 1, 0),
      when("s", t.accent, ["match", state("k", -1), 0, t.ok, t.unknown]),
      when("s", t.unit * 0.75, edge),
    ]);
  }

  function unknown(view, t) {
    return symbol(view, t, "endpoints", "endpoint-unknown", { kind: "square", ink: t.unknown }, 2, [0.95, 1.8]);
  }

  function down(view, t) {
    return symbol(view, t, "endpoints", "endpoint-down", { kind: "triangle", ink: t.bad }, 1, [Math.max(1.5, (0.7 * t.px) / t.unit), 2.2]);
  }

  function style(view, t) {
    return {
      version: 8,
      transition: { duration: 0, delay: 0 },
      sources: sources(view),
      layers: [
        ...fills(view, t), hatch(t), ...lines(t), villages(view, t), ...mask(t),
        ring(view, t), unknown(view, t), ...centres(view, t), ...labels(view, t), down(view, t),
      ],
    };
  }

  ioc.style = { style, tokens, hold };
})();
