// Decides which tiles are wanted now, and in which order. What is seen comes before what is near, and the middle of the
// window before its edges; the current page comes before its neighbours.

import { fullSize, levelFor, tileRequest } from "./tile-grid.js";

/** How far outside of the window tiles are fetched ahead, in windows. */
const AHEAD = 0.5;

/** How far outside of the window drawn tiles are kept, in windows. */
const KEEP = 2;

/**
 * @typedef {object} Sheet a page in the DOM and where it lies in the window, CSS pixels
 * @property {import("./page-element.js").PageElement} page
 * @property {import("./page-table.js").Page} facts
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

/**
 * Sets each sheet's wanted level and takes note of which are sharp.
 * @param {Sheet[]} sheets
 * @param {object} view
 * @param {{width: number, height: number}} view.window CSS pixels
 * @param {number} view.ratio device pixels per CSS pixel
 * @param {number} view.current number of the current page
 * @param {string} view.source address prefix of the document's version
 * @returns {{address: string, sheet: Sheet, tile: object, level: object}[]} best first
 */
export function planTiles(sheets, { window, ratio, current, source }) {
  const wishes = [];
  for (const sheet of sheets) {
    const { page, facts } = sheet;
    const full = fullSize(facts);
    const level = levelFor(facts, (sheet.width * ratio) / full.width);
    page.want(full, level, source);
    const seen = page.missing(boxOf(sheet, full, window, 0));
    const near = page.missing(boxOf(sheet, full, window, AHEAD));
    const lacking = isSeen(sheet, window) ? seen : near;
    page.settle(lacking.length === 0 && page.hasTiles && !page.problem, boxOf(sheet, full, window, KEEP));
    if (page.problem) continue;
    const seenKeys = new Set(seen.map((tile) => tile.key));
    for (const tile of near) {
      const address = `${source}/${page.number}/${tileRequest(full, level, tile, facts.tiles)}`;
      const rank = rankOf(sheet, full, tile, window, seenKeys.has(tile.key), page.number === current);
      wishes.push({ address, sheet, tile, level, rank });
    }
  }
  return wishes.sort((one, other) => one.rank - other.rank);
}

/** Whether any of a sheet is in the window. */
export function isSeen({ left, top, width, height }, window) {
  return left < window.width && left + width > 0 && top < window.height && top + height > 0;
}

/** The part of a sheet that is in the window and `margin` windows around it, in full pixels. */
function boxOf({ left, top, width, height }, full, window, margin) {
  const across = full.width / width;
  const down = full.height / height;
  const clip = (value, size) => Math.min(size, Math.max(0, value));
  return {
    left: clip((-window.width * margin - left) * across, full.width),
    top: clip((-window.height * margin - top) * down, full.height),
    right: clip((window.width * (1 + margin) - left) * across, full.width),
    bottom: clip((window.height * (1 + margin) - top) * down, full.height),
  };
}

function rankOf({ left, top, width, height }, full, tile, window, isSeenNow, isCurrent) {
  const x = left + ((tile.x + tile.width / 2) / full.width) * width - window.width / 2;
  const y = top + ((tile.y + tile.height / 2) / full.height) * height - window.height / 2;
  const diagonal = Math.hypot(window.width, window.height);
  return Math.hypot(x, y) / diagonal + (isCurrent ? 0 : 1) + (isSeenNow ? 0 : 1000);
}
