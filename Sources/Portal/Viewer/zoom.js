// The zoom as a reader sets it: a mode that follows the window, or a number. Pure.

/** @typedef {"fit-width" | "fit-page" | number} Zoom */

const SMALLEST = 0.01;
const LARGEST = 64;

/** What the buttons step through: about a fifth to a third each, through the round numbers people expect. */
const STEPS = [
  0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.17, 0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5,
  6, 8, 12, 16, 24, 32, 48, 64,
];

/** @param {number} scale */
export const clampScale = (scale) => Math.min(LARGEST, Math.max(SMALLEST, scale));

/**
 * @param {string | null} text as in the address bar
 * @returns {Zoom | undefined}
 */
export function parseZoom(text) {
  if (text === "fit-width" || text === "fit-page") return text;
  const scale = Number.parseFloat(text ?? "");
  return scale > 0 && Number.isFinite(scale) ? clampScale(scale) : undefined;
}

/** @param {Zoom} zoom */
export function formatZoom(zoom) {
  return typeof zoom === "number" ? String(Number(zoom.toPrecision(4))) : zoom;
}

/**
 * @param {Zoom} zoom
 * @param {{width: number, height: number}} natural the page at a zoom of 1, CSS pixels
 * @param {{width: number, height: number}} room what the window offers a page
 * @returns {number}
 */
export function resolveZoom(zoom, natural, room) {
  if (typeof zoom === "number") return zoom;
  const acrossFit = Math.max(1, room.width) / natural.width;
  return clampScale(zoom === "fit-width" ? acrossFit : Math.min(acrossFit, Math.max(1, room.height) / natural.height));
}

/**
 * The next round zoom.
 * @param {number} scale
 * @param {1 | -1} direction
 */
export function stepZoom(scale, direction) {
  const near = 1.02;
  const next =
    direction > 0 ? STEPS.find((step) => step > scale * near) : STEPS.findLast((step) => step < scale / near);
  return next ?? (direction > 0 ? LARGEST : SMALLEST);
}
