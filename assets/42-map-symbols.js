/* Every image of the map, drawn on a canvas when the style first asks for it: names with Vietnamese diacritics in the system's own
font (no glyph server), state symbols that differ in shape, the hatch of "no data".

An image's id says all that it shows: `label|<px>|<ink>|<halo>|<weight>|<name>`, `triangle|<px>|<ink>|<halo>`, … */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const FONT = '"Be Vietnam Pro", Inter, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

  /* A whole number, so that a hatch tile joins. */
  const ratio = () => Math.min(2, Math.ceil(window.devicePixelRatio || 1));

  function surface(width, height) {
    const scale = ratio();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.ceil(width * scale));
    canvas.height = Math.max(1, Math.ceil(height * scale));
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.scale(scale, scale);
    return { pen, done: () => pen.getImageData(0, 0, canvas.width, canvas.height) };
  }

  /* Long names break once, near the middle. */
  function lines(name) {
    const words = name.split(" ");
    if (name.length < 14 || words.length < 2) return [name];
    const cuts = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
    return cuts.sort((a, b) => Math.max(...a.map((w) => w.length)) - Math.max(...b.map((w) => w.length)))[0];
  }

  const sizes = new Map();

  const whole = (px) => Math.ceil(px * ratio()) / ratio();

  /* Of a name as it is drawn, in px; its image is not a fraction of a pixel larger. */
  function size(px, weight, name) {
    const key = `${px} ${weight} ${name}`;
    if (!sizes.has(key)) {
      const parts = lines(name);
      const probe = surface(1, 1).pen;
      probe.font = `${weight} ${px}px ${FONT}`;
      const w = Math.max(...parts.map((part) => probe.measureText(part).width)) + 2 * Math.ceil(px * 0.12);
      sizes.set(key, { w: whole(w), h: whole(px * 1.15 * parts.length + px * 0.26) });
    }
    return sizes.get(key);
  }

  function label(px, ink, halo, weight, name) {
    const font = `${weight} ${px}px ${FONT}`;
    const parts = lines(name);
    const leading = px * 1.15;
    const { w: width, h: height } = size(px, weight, name);
    const { pen, done } = surface(width, height);
    Object.assign(pen, { font, textAlign: "center", textBaseline: "alphabetic", lineJoin: "round", strokeStyle: halo, fillStyle: ink });
    pen.lineWidth = Math.max(2, px * 0.24);
    parts.forEach((part, i) => {
      const y = px * 1.04 + i * leading;
      pen.strokeText(part, width / 2, y);
      pen.fillText(part, width / 2, y);
    });
    return done();
  }

  function shape(px, ink, halo, path, dash = []) {
    const { pen, done } = surface(px, px);
    Object.assign(pen, { lineJoin: "round", strokeStyle: halo, lineWidth: px * 0.26 });
    path(pen, px);
    pen.stroke();
    return { pen, done, ink, px, dash };
  }

  function triangle(px, ink, halo) {
    const { pen, done } = shape(px, ink, halo, (p, s) => {
      p.beginPath();
      p.moveTo(s * 0.5, s * 0.14);
      p.lineTo(s * 0.88, s * 0.82);
      p.lineTo(s * 0.12, s * 0.82);
      p.closePath();
    });
    pen.fillStyle = ink;
    pen.fill();
    return done();
  }

  function square(px, ink, halo) {
    const { pen, done } = shape(px, ink, halo, (p, s) => {
      p.beginPath();
      p.rect(s * 0.22, s * 0.22, s * 0.56, s * 0.56);
    });
    pen.fillStyle = halo;
    pen.fill();
    Object.assign(pen, { strokeStyle: ink, lineWidth: px * 0.13 });
    pen.setLineDash([px * 0.14, px * 0.14]);
    pen.lineDashOffset = px * 0.07;
    pen.stroke();
    return done();
  }

  function house(px, ink, halo) {
    const { pen, done } = shape(px, ink, halo, (p, s) => {
      p.beginPath();
      p.moveTo(s * 0.5, s * 0.16);
      p.lineTo(s * 0.84, s * 0.46);
      p.lineTo(s * 0.84, s * 0.82);
      p.lineTo(s * 0.16, s * 0.82);
      p.lineTo(s * 0.16, s * 0.46);
      p.closePath();
    });
    pen.fillStyle = ink;
    pen.fill();
    pen.fillStyle = halo;
    pen.fillRect(px * 0.42, px * 0.55, px * 0.16, px * 0.27);
    return done();
  }

  /* One tile of a slanted hatch that joins with itself. */
  function hatch(px, ink, ground) {
    const { pen, done } = surface(px, px);
    pen.fillStyle = ground;
    pen.fillRect(0, 0, px, px);
    Object.assign(pen, { strokeStyle: ink, lineWidth: px * 0.26, lineCap: "square" });
    pen.beginPath();
    for (const start of [-px, 0, px]) {
      pen.moveTo(start, px);
      pen.lineTo(start + px, 0);
    }
    pen.stroke();
    return done();
  }

  const KINDS = { label, triangle, square, house, hatch };

  function draw(id) {
    const [kind, px, ...rest] = id.split("|");
    return KINDS[kind] && KINDS[kind](Number(px), ...rest);
  }

  function supply(map) {
    map.on("styleimagemissing", ({ id }) => {
      const image = !map.hasImage(id) && draw(id);
      if (image) map.addImage(id, image, { pixelRatio: ratio() });
    });
  }

  /* Labels of another size or theme are not asked for again. */
  function drop(map, keep) {
    for (const id of map.listImages()) if (KINDS[id.split("|")[0]] && !keep(id)) map.removeImage(id);
  }

  ioc.symbols = { supply, drop, size };
})();
