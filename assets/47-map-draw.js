/* Drawing a selection: which area, where the camera goes, which feature states; and the mark when it is on the screen. */
(() => {
  "use strict";
  const ioc = window.dash_clientside.ioc;
  const at = ioc.at;
  const VILLAGE_ZOOM = 11;
  const CLOSEST_FIT = 13.5;
  const LOOK_MS = 4;

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

  /* The style sheet says what lies over the map's edges (`scroll-padding`); a bar of several rows says it itself. */
  function padding() {
    const computed = window.getComputedStyle(at.holder);
    const [top, bottom, left, right] = ["Top", "Bottom", "Left", "Right"].map((side) => parseFloat(computed[`scrollPadding${side}`]) || 0);
    const bar = document.querySelector(".map-bar");
    const covered = bar && bar.offsetParent ? bar.offsetTop + bar.offsetHeight + 4 : 0;
    return { top: Math.max(top, covered), bottom, left, right };
  }

  function boxOf(places, area) {
    const unit = places.units.get(area.unit);
    return at.map.cameraForBounds(unit ? unit.bbox : at.description.bbox, { padding: padding(), maxZoom: CLOSEST_FIT });
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
    at.map.jumpTo(to);
    return true;
  }

  function refit() {
    if (at.places && at.area) fit(at.selection, at.places, at.area, true);
  }

  /* --- feature states ---------------------------------------------------------------------------------------------------------- */

  function live(changed) {
    if (!at.map || at.lost || !at.places || !at.hasMap() || !ioc.selection.isNow(at.selection)) return;
    at.painter.points("endpoints", at.places.endpoints, changed.endpoints || {});
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
