/* What no screen may show: text that is cut off, covered, or written over other text; names on the map under symbols or boxes.

`ioc_screen.problems()` → list of sentences; run in a page by tests/e2e/walk.py. */
(() => {
  "use strict";
  const HIDDEN = ".visually-hidden, .wall-scenes, .maplibregl-ctrl, .cards thead, .ag-hidden, script, style, [hidden], [aria-hidden=true] > .unseen";
  const SLACK = 1.5;

  const round = (r) => [r.left, r.top, r.right, r.bottom].map(Math.round).join(" ");
  const name = (element) => {
    const cls = typeof element.className === "string" ? element.className.split(" ").slice(0, 2).join(".") : "";
    return element.tagName.toLowerCase() + (element.id ? `#${element.id}` : cls ? `.${cls}` : "");
  };

  function visible(element) {
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
    for (let up = element; up; up = up.parentElement) if (Number(getComputedStyle(up).opacity) < 0.05) return false;
    return !element.closest(HIDDEN);
  }

  /* Every piece of text that a reader can see: its element and the boxes of its lines. */
  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    const range = document.createRange();
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement;
      if (!node.nodeValue.trim() || !element || !visible(element)) continue;
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
      if (boxes.length) found.push({ element, text: node.nodeValue.trim(), boxes });
    }
    return found;
  }

  const scrolls = (value) => value === "auto" || value === "scroll";
  const cuts = (value) => value === "hidden" || value === "clip";

  /* What hides a part of the box: an ancestor that cuts, or the edge of the screen. What can be scrolled to is not cut. */
  function cut({ element, boxes }) {
    const box = { left: Math.min(...boxes.map((b) => b.left)), right: Math.max(...boxes.map((b) => b.right)), top: Math.min(...boxes.map((b) => b.top)), bottom: Math.max(...boxes.map((b) => b.bottom)) };
    let [across, down] = [true, true];
    const slackY = SLACK + (box.bottom - box.top) / boxes.length * 0.1; // line boxes are higher than their letters
    for (let up = element; up && up !== document.documentElement; up = up.parentElement) {
      const style = getComputedStyle(up);
      const edge = up.getBoundingClientRect();
      if (across && scrolls(style.overflowX)) across = false;
      if (down && scrolls(style.overflowY)) down = false;
      if (across && cuts(style.overflowX) && (box.left < edge.left - SLACK || box.right > edge.right + SLACK)) return `cut sideways by ${name(up)}`;
      if (across && style.textOverflow === "ellipsis" && up.scrollWidth > up.clientWidth + SLACK) return `ends in an ellipsis in ${name(up)}`;
      if (down && cuts(style.overflowY) && (box.top < edge.top - slackY || box.bottom > edge.bottom + slackY)) return `cut in height by ${name(up)}`;
      if (style.position === "fixed") break;
    }
    const page = document.scrollingElement;
    if (across && (box.left < -SLACK || box.right > page.clientWidth + SLACK)) return "beyond the side of the screen";
    if (down && page.scrollHeight <= page.clientHeight && (box.top < -slackY || box.bottom > page.clientHeight + slackY)) return "beyond the top or bottom of the screen";
    return null;
  }

  /* The part of a box that is inside everything that scrolls or cuts it. */
  function seen(element, box) {
    let { left, top, right, bottom } = box;
    for (let up = element; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const edge = up.getBoundingClientRect();
      [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
    }
    [left, top] = [Math.max(left, 0), Math.max(top, 0)];
    [right, bottom] = [Math.min(right, innerWidth), Math.min(bottom, innerHeight)];
    return right - left > 2 && bottom - top > 2 ? { left, top, right, bottom } : null;
  }

  const related = (a, b) => a.contains(b) || b.contains(a);

  /* A box that a person has opened lies over the page on purpose. */
  const opened = (element) => element.closest("details[open] > .menu-list, .search-results, .ag-popup, .panel-sheet-open");

  /* Boxes that are opened over others, fields that lie unseen over what they show, and lists that draw their own rows. */
  function harmless(top, element) {
    const unseen = top.closest("label") && top.closest("label").contains(element);
    const grid = element.closest(".ag-root-wrapper");
    return opened(top) || unseen || (grid && grid.contains(top)) || getComputedStyle(element).pointerEvents === "none";
  }

  function covered({ element, box }) {
    if (opened(element)) return null;
    const y = (box.top + box.bottom) / 2;
    const edge = Math.max(1, (box.bottom - box.top) * 0.05); // where a page is enlarged, boxes end between pixels
    for (const x of [box.left + edge, (box.left + box.right) / 2, box.right - edge]) {
      const top = document.elementFromPoint(x, y);
      if (top && !related(top, element) && !harmless(top, element)) return top;
    }
    return null;
  }

  function pieces(all) {
    return all.flatMap(({ element, text, boxes }) => boxes.map((raw) => ({ element, text, box: seen(element, raw) })).filter(({ box }) => box));
  }

  function crossing(a, b) {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 2 && down > Math.min(a.bottom - a.top, b.bottom - b.top) * 0.3;
  }

  function overlaps(all) {
    const found = [];
    const sorted = [...all].sort((a, b) => a.box.top - b.box.top);
    for (let i = 0; i < sorted.length; i += 1) {
      for (let j = i + 1; j < sorted.length && sorted[j].box.top < sorted[i].box.bottom; j += 1) {
        const [a, b] = [sorted[i], sorted[j]];
        if (a.element === b.element || Boolean(opened(a.element)) !== Boolean(opened(b.element))) continue;
        if (crossing(a.box, b.box)) found.push(`“${a.text.slice(0, 40)}” over “${b.text.slice(0, 40)}” (${name(a.element)}, ${name(b.element)})`);
      }
    }
    return found;
  }

  /* --- the map ----------------------------------------------------------------------------------------------------------------- */

  function labels(map) {
    const canvas = map.getCanvas().getBoundingClientRect();
    const layers = ["commune-label", "district-label"].filter((id) => map.getLayer(id));
    const found = new Map();
    for (const feature of map.queryRenderedFeatures({ layers })) {
      const state = map.getFeatureState({ source: "labels", id: feature.id });
      if (state.h === 1 || state.o === 1 || found.has(feature.properties.code)) continue;
      const layout = (key) => map.getLayoutProperty(feature.layer.id, key);
      const parts = layout("icon-image");
      const image = map.getImage(parts[1] + feature.properties.name);
      if (!image) continue;
      const [w, h] = [image.data.width / image.pixelRatio, image.data.height / image.pixelRatio];
      const at = map.project(feature.geometry.coordinates);
      const { dx, dy } = feature.properties;
      const anchor = layout("icon-anchor");
      const top = canvas.top + at.y + dy - (anchor === "top" ? 0 : anchor === "bottom" ? h : h / 2);
      const left = canvas.left + at.x + dx - w / 2;
      found.set(feature.properties.code, { name: feature.properties.name, box: { left, top, right: left + w, bottom: top + h } });
    }
    return [...found.values()].filter(({ box }) => box.left > canvas.left && box.right < canvas.right && box.top > canvas.top && box.bottom < canvas.bottom);
  }

  function symbols(map) {
    const canvas = map.getCanvas().getBoundingClientRect();
    const found = [];
    const order = map.getStyle().layers.map(({ id }) => id);
    const over = (id) => order.indexOf(id) > order.indexOf("commune-label"); // a name may lie over an unknown endpoint, not under it
    for (const id of ["endpoint-down", "endpoint-unknown", "centre"].filter((layer) => map.getLayer(layer))) {
      if (id === "endpoint-unknown" && !over(id)) continue;
      const wanted = { "endpoint-down": 1, "endpoint-unknown": 2 }[id];
      const image = map.getImage(map.getLayoutProperty(id, "icon-image"));
      const size = image ? (image.data.width / image.pixelRatio) * map.style._layers[id].layout._values["icon-size"].evaluate({ zoom: map.getZoom() }) : 0;
      if (!size || Number.isNaN(size)) continue;
      for (const feature of map.queryRenderedFeatures({ layers: [id] })) {
        if (wanted !== undefined && map.getFeatureState({ source: "endpoints", id: feature.id }).k !== wanted) continue;
        const at = map.project(feature.geometry.coordinates);
        const r = size * 0.34; // the drawing fills two thirds of its image
        found.push({ name: feature.properties.name, layer: id, box: { left: canvas.left + at.x - r, right: canvas.left + at.x + r, top: canvas.top + at.y - r, bottom: canvas.top + at.y + r } });
      }
    }
    return found;
  }

  const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;

  function onMap() {
    const map = window.iocMap && window.iocMap.map;
    if (!map || !["map", "wall"].includes(document.body.dataset.page)) return [];
    const shown = labels(map);
    const ink = shown.map(({ name: words, box }) => ({ name: words, box: { left: box.left + 2, right: box.right - 2, top: box.top + (box.bottom - box.top) * 0.15, bottom: box.bottom - (box.bottom - box.top) * 0.15 } }));
    const boxes = [...document.querySelectorAll(".legend, .map-notes, .map-bar > *")].filter(visible).map((element) => ({ name: name(element), box: element.getBoundingClientRect() }));
    const marks = symbols(map);
    return [
      ...ink.flatMap((label) => boxes.filter(({ box }) => touch(label.box, box)).map((other) => `name “${label.name}” under ${other.name}`)),
      ...ink.flatMap((label) => marks.filter(({ box }) => touch(label.box, box)).map((other) => `name “${label.name}” under ${other.layer} of “${other.name}”`)),
    ];
  }

  /* A figure, a name or a cell may be long: it is cut only where the list itself can be widened by its reader. */
  function problems() {
    const all = texts();
    const cutOff = all.map((piece) => [piece, cut(piece)]).filter(([, why]) => why);
    const parts = pieces(all);
    const under = parts.map((piece) => [piece, covered(piece)]).filter(([, top]) => top);
    return [...new Set([
      ...cutOff.map(([{ element, text }, why]) => `“${text.slice(0, 60)}” (${name(element)}) ${why}`),
      ...under.map(([{ element, text, box }, top]) => `“${text.slice(0, 60)}” (${name(element)}) is under ${name(top)} at ${round(box)}`),
      ...overlaps(parts),
      ...onMap(),
    ])];
  }

  /* Everything that is read or spoken: text, titles, labels, placeholders. */
  function said() {
    const words = texts().map(({ text, element }) => ({ text, where: name(element) }));
    for (const element of document.querySelectorAll("[title], [aria-label], [placeholder]")) {
      if (element.closest(".maplibregl-map")) continue;
      for (const key of ["title", "aria-label", "placeholder"]) {
        const value = element.getAttribute(key);
        if (value && value.trim()) words.push({ text: value.trim(), where: `${name(element)}[${key}]` });
      }
    }
    return words;
  }

  window.ioc_screen = { problems, said };
})();
