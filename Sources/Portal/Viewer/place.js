// A place in a document that outlives every change of layout: a point of a page, and where in the window it is held.
// Zooming, resizing and the correction of assumed page sizes all are "note the place, lay out, return to the place".

import { GAP } from "./page-layout.js";

/**
 * @typedef {object} Place
 * @property {number} page
 * @property {number} inside how far down the page, 0 to 1
 * @property {number} beyond CSS pixels past that, for points in the gaps, which do not grow with the zoom
 * @property {number} held at which height in the window, CSS pixels
 */

/**
 * @param {import("./page-layout.js").PageLayout} layout
 * @param {number} top of the window
 * @param {number} held
 * @returns {Place}
 */
export function placeAt(layout, top, held = 0) {
  const y = top + held;
  const page = layout.pageAt(y);
  const offset = y - layout.top(page);
  const { height } = layout.size(page);
  const within = Math.min(height, Math.max(0, offset));
  return { page, inside: within / height, beyond: offset - within, held };
}

/** The place that shows a page from its top, with a gap's breadth of air. */
export function startOf(page) {
  return { page, inside: 0, beyond: -GAP, held: 0 };
}

/**
 * Where the window's top must be for the place to be where it was held.
 * @param {import("./page-layout.js").PageLayout} layout
 * @param {Place} place
 * @param {number} count pages laid out
 */
export function topFor(layout, place, count) {
  const page = Math.min(place.page, count);
  return layout.top(page) + place.inside * layout.size(page).height + place.beyond - place.held;
}
