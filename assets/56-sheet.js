/* On a phone the panel is a sheet over the map, as high as its reader wants it: dragged by its grip, pressed to go on to the next height,
or moved by the arrow keys. The height is kept for the life of the page. */
(() => {
  "use strict";
  const LOW = 0.16;
  const HALF = 0.48;
  const HIGH = 0.94;
  const HEIGHTS = [LOW, HALF, HIGH];
  const KEY_STEP = 0.08;
  const PRESS_PX = 6;

  let share = HALF;
  let drag = null;

  const grip = () => document.getElementById("sheet-grip");
  const stage = () => document.getElementById("stage");

  function set(next) {
    share = Math.min(HIGH, Math.max(LOW, next));
    const percent = Math.round(share * 100);
    document.documentElement.style.setProperty("--sheet", `${percent}%`);
    grip().setAttribute("aria-valuenow", String(percent));
  }

  function nearest(to) {
    return HEIGHTS.reduce((best, height) => (Math.abs(height - to) < Math.abs(best - to) ? height : best));
  }

  /* Pressed: half, high, low, half … */
  function next() {
    set(HEIGHTS[(HEIGHTS.indexOf(nearest(share)) + 1) % HEIGHTS.length]);
  }

  function onDown(event) {
    if (event.target !== grip()) return;
    drag = { from: event.clientY, share, height: stage().clientHeight, moved: false };
    event.target.setPointerCapture(event.pointerId);
  }

  function onMove(event) {
    if (!drag) return;
    const away = drag.from - event.clientY;
    drag.moved = drag.moved || Math.abs(away) > PRESS_PX;
    if (drag.moved) set(drag.share + away / drag.height);
  }

  function onUp() {
    if (!drag) return;
    const { moved } = drag;
    drag = null;
    if (moved) set(nearest(share));
    else next();
  }

  function onKey(event) {
    if (event.target !== grip()) return;
    const keys = {
      ArrowUp: () => set(share + KEY_STEP), ArrowDown: () => set(share - KEY_STEP), Home: () => set(LOW), End: () => set(HIGH),
      PageUp: () => set(nearest(share + 0.3)), PageDown: () => set(nearest(share - 0.3)), Enter: next, " ": next,
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove, { passive: true });
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", () => (drag = null));
  document.addEventListener("keydown", onKey);
})();
