/* Drawing a selection: which area, where the camera goes, which feature states; and the mark when it is on the screen. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const at = ioc.at;
  const VILLAGE_ZOOM = 11;
  const CLOSEST_FIT = 13.5;
  const LOOK_MS = 4;
  const STEPS = [0.25, 0.4, 0.55, 0.7, 0.85, 1];

  let turn = 0;
  let fitted = null;
  let asking = { key: null, control: new AbortController() };

  function pointOf(selection, places) {
    return places.villages.get(selection.village) || places.endpoints.get(selection.endpoint) || places.centres.get(selection.centre);
  }

  /* The unit of the selection and its district; a place without a unit brings its own. Both null for the whole province. */
  function areaOf(selection, places) {
    const point = pointOf(selection, places);
    const given = places.units.get(selection.unit) || (point && !selection.unit && places.units.get(point.commune || point.district));
    const unit = given && given.level !== "province" ? given : null;
    return { unit: unit && unit.code, district: unit && (unit.level === "district" ? unit.code : unit.grouping) };
  }

  /* --- the camera ------------------------------------------------------------------------------------------------------------ */

  /* How far down what stands at the map's upper edge reaches: the bar, and on a phone the notes; they may have several rows. */
  function upperEdge(base) {
    const shown = [...document.querySelectorAll(".map-bar, .map-notes")].filter((element) => element.offsetParent);
    const boxes = shown.map((element) => element.getBoundingClientRect()).filter((box) => box.bottom - base.top < base.height * 0.4);
    return Math.max(0, ...boxes.map((box) => box.bottom - base.top + 4));
  }

  /* The style sheet says what lies over the map's edges (`scroll-padding`). */
  function padding() {
    const computed = window.getComputedStyle(at.holder);
    const [top, bottom, left, right] = ["Top", "Bottom", "Left", "Right"].map((side) => parseFloat(computed[`scrollPadding${side}`]) || 0);
    const base = at.holder.getBoundingClientRect();
    return { top: Math.max(top, upperEdge(base)), bottom: Math.max(bottom, sheetOver(base)), left, right };
  }

  /* On a phone the panel is a sheet over the map; one that is pulled up over most of it leaves the map where it was. */
  function sheetOver(base) {
    const panel = document.getElementById("panel");
    const box = panel && panel.offsetParent && panel.getBoundingClientRect();
    const over = box && box.left < base.right && box.top < base.bottom && box.bottom > base.top;
    return over ? Math.min(base.bottom - box.top, base.height * 0.5) + 44 : 0;
  }

  /* As large as it goes without lying under the legend or the notes: where it would, it moves aside or up, whichever leaves it larger. */
  function boxOf(places, area) {
    const unit = places.units.get(area.unit);
    const bbox = unit ? unit.bbox : at.description.bbox;
    const own = padding();
    const cameras = [own, ...aside(own)].map((around) => at.map.cameraForBounds(bbox, { padding: around, maxZoom: CLOSEST_FIT })).filter(Boolean);
    const points = outlinePoints(places, area);
    const clear = cameras.filter((camera) => !underBoxes(camera, points));
    return clear.sort((a, b) => b.zoom - a.zoom)[0] || cameras[0];
  }

  function overlays() {
    const base = at.holder.getBoundingClientRect();
    return [...document.querySelectorAll(".legend, .map-notes")]
      .map((element) => element.getBoundingClientRect())
      .filter((box) => box.width && box.height)
      .map((box) => ({ left: box.left - base.left, right: box.right - base.left, top: box.top - base.top, bottom: box.bottom - base.top }));
  }

  /* No further aside than it takes. */
  const part = (own, edge, share) => Object.fromEntries(Object.entries(edge).map(([side, px]) => [side, own[side] + (px - own[side]) * share]));

  function aside(own) {
    const { clientWidth, clientHeight } = at.holder;
    return overlays().flatMap((box) => {
      const left = box.left + box.right < clientWidth ? { left: Math.max(own.left, box.right + 10) } : { right: Math.max(own.right, clientWidth - box.left + 10) };
      const up = { bottom: Math.max(own.bottom, clientHeight - box.top + 10) };
      return STEPS.flatMap((share) => [left, up].map((edge) => ({ ...own, ...part(own, edge, share) })));
    }).filter(({ left, right, top, bottom }) => left + right < clientWidth * 0.7 && top + bottom < clientHeight * 0.7);
  }

  /* Corners of the outlines that are shown whole; coordinates in degrees. */
  function outlinePoints(places, area) {
    const of = [...places.units.values()].filter((unit) => unit.level === "commune" && (!area.unit || unit.code === area.unit || unit.grouping === area.unit));
    return of.flatMap(({ feature, label }) => [label, ...feature.geometry.coordinates.flat(feature.geometry.type === "Polygon" ? 1 : 2)]);
  }

  function underBoxes({ center, zoom }, points) {
    const world = 512 * 2 ** zoom;
    const x = (lng) => (lng / 360) * world;
    const y = (lat) => (-Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * world;
    const { clientWidth, clientHeight } = at.holder;
    const [cx, cy] = [x(center.lng) - clientWidth / 2, y(center.lat) - clientHeight / 2];
    const boxes = overlays();
    return points.some(([lng, lat]) => {
      const [px, py] = [x(lng) - cx, y(lat) - cy];
      return boxes.some((box) => px > box.left && px < box.right && py > box.top && py < box.bottom);
    });
  }

  function cameraTo(selection, places, area, sameUnit) {
    const point = pointOf(selection, places);
    if (!point) return sameUnit && at.moved ? null : boxOf(places, area);
    if (sameUnit && !selection.village && at.map.getBounds().contains(point.at)) return null;
    const zoom = sameUnit ? at.map.getZoom() : boxOf(places, area).zoom;
    return { center: point.at, zoom: selection.village ? Math.max(zoom, VILLAGE_ZOOM) : zoom };
  }

  /* The camera moves when another place is selected, and stays where the user put it when only values change. */
  function fit(selection, places, area, force = false) {
    const next = { unit: area.unit, point: selection.village || selection.endpoint || selection.centre };
    const sameUnit = Boolean(fitted) && !force && fitted.unit === next.unit;
    if (sameUnit && fitted.point === next.point) return false;
    fitted = next;
    const to = cameraTo(selection, places, area, sameUnit);
    if (!to) return false;
    at.moved = false;
    const { left, right, top, bottom } = padding();
    if (next.point) at.map.easeTo({ ...to, offset: [(left - right) / 2, (top - bottom) / 2], duration: 0 });
    else at.map.jumpTo(to);
    return true;
  }

  function refit() {
    if (at.places && at.area) fit(at.selection, at.places, at.area, true);
  }

  /* --- feature states ---------------------------------------------------------------------------------------------------------- */

  function live(changed) {
    if (!at.map || at.lost || !at.places || !at.hasMap() || !ioc.selection.isNow(at.selection)) return;
    at.painter.points("endpoints", at.places.endpoints, changed.endpoints || {});
    if (changed.endpoints && at.area) ioc.labels.place();
  }

  function paintChosen({ village, endpoint, centre }) {
    for (const [source, key] of [["villages", village], ["endpoints", endpoint], ["centres", centre]]) {
      const place = at.places[source].get(key);
      at.painter.chosen(source, place ? place.position : null);
    }
  }

  function paintPlaces() {
    at.painter.focus(at.places, at.area, ioc.life.districts(at.description));
    paintChosen(at.selection);
    if (ioc.selection.isNow(at.selection)) live(ioc.live.state);
    else at.painter.withoutState("endpoints", at.places.endpoints);
  }

  function paintValues(values) {
    at.values = values;
    at.painter.units(values.units, at.places);
    at.painter.villages(values.villages);
    at.painter.points("endpoints", at.places.endpoints, values.endpoints || {});
    ioc.labels.place();
  }

  /* Everything again, into an empty context. */
  function repaint() {
    if (!at.places) return;
    paintPlaces();
    if (at.values) paintValues(at.values);
    done(true);
  }

  /* MapLibre is idle when it has handed the frame over; without a GPU most of the work comes after that. Not blocking, and rather late
     than early: a mark before the picture is there would make every measurement look better than the screen. */
  function finished(map, then) {
    const gl = map.getCanvas().getContext("webgl2");
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    (function look() {
      if (gl.isContextLost()) return;
      const state = gl.clientWaitSync(fence, 0, 0);
      if (state === gl.TIMEOUT_EXPIRED) return void setTimeout(look, LOOK_MS);
      gl.deleteSync(fence);
      then();
    })();
  }

  function done(changed) {
    const { query, handle, map } = at;
    const mark = () => {
      handle.drawn += 1;
      handle.drawnFor = query;
      performance.clearMarks("ioc:drawn");
      performance.mark("ioc:drawn", { detail: query });
      ioc.hands.say("");
      at.announce(map);
    };
    if (!changed && map.loaded()) return mark();
    map.once("idle", () => finished(map, mark));
    map.triggerRepaint();
  }

  /* A selection with other values cancels the fetch of the older ones. */
  function valuesOf(selection) {
    const key = JSON.stringify([selection.as_of, selection.known, selection.tech, selection.op]);
    if (key !== asking.key) {
      asking.control.abort();
      asking = { key, control: new AbortController() };
    }
    return ioc.data.values(selection, asking.control.signal);
  }

  async function draw(query) {
    const mine = (turn += 1);
    const overtaken = () => mine !== turn || at.lost;
    const selection = ioc.selection.parse(query);
    const values = valuesOf(selection);
    values.catch(() => null);
    const description = await ioc.data.describe(selection);
    const places = await ioc.data.places(description);
    await ioc.life.mount(selection, description, places);
    if (overtaken()) return;
    const before = at.painter.writes();
    Object.assign(at, { query, selection, description, places, area: areaOf(selection, places) });
    const restyled = ioc.life.restyle(selection, description, places);
    const moved = fit(selection, places, at.area);
    paintPlaces();
    const fresh = await values;
    if (overtaken()) return;
    paintValues(fresh);
    done(restyled || moved || at.painter.writes() !== before);
  }

  ioc.draw = { draw, live, padding, refit, repaint };
})();
