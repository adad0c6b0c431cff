// Zooming with a wheel, a trackpad or two fingers.

/** One notch of a wheel reports about a hundred, a trackpad's pinch a few at a time: both are to feel alike. */
const NOTCH = 20;
const SPEED = 0.01;

/**
 * @param {HTMLElement} scroller
 * @param {import("./document-view.js").DocumentView} view
 */
export function bindGestures(scroller, view) {
  const pointIn = ({ clientX, clientY }) => {
    const box = scroller.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  bindWheel(scroller, view, pointIn);
  bindPinch(scroller, view, pointIn);
}

function bindWheel(scroller, view, pointIn) {
  let factor = 1;
  let point = null;
  let frame = 0;
  const apply = () => {
    frame = 0;
    view.zoomTo(view.scale * factor, point);
    factor = 1;
  };
  // A trackpad's pinch comes as a wheel with the control key, too.
  const wheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const delta = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * NOTCH;
    factor *= Math.exp(-Math.max(-NOTCH, Math.min(NOTCH, delta)) * SPEED);
    point = pointIn(event);
    frame ||= requestAnimationFrame(apply);
  };
  scroller.addEventListener("wheel", wheel, { passive: false });
}

function bindPinch(scroller, view, pointIn) {
  let pinch = null;
  const read = ([one, other]) => {
    const middle = { clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 };
    const spread = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    return { point: pointIn(middle), spread: Math.max(1, spread) };
  };
  const start = (event) => {
    pinch = event.touches.length === 2 ? read(event.touches) : null;
  };
  const move = (event) => {
    if (!pinch || event.touches.length !== 2) return;
    if (event.cancelable) event.preventDefault();
    const next = read(event.touches);
    view.zoomTo(view.scale * (next.spread / pinch.spread), pinch.point, next.point);
    pinch = next;
  };
  scroller.addEventListener("touchstart", start, { passive: true });
  scroller.addEventListener("touchmove", move, { passive: false });
  scroller.addEventListener("touchend", start, { passive: true });
  scroller.addEventListener("touchcancel", start, { passive: true });
}
