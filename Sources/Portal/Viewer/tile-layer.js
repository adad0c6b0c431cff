// The tiles of one page at one level. Layers of other levels stay beneath until the wanted one has drawn what is seen.

import { tileCount } from "./tile-grid.js";

/** Up to so many tiles, a coarse layer that shows the whole page is worth keeping beneath a finer one. */
const BASE_TILES = 6;

export class TileLayer {
  element = document.createElement("div");
  /** @type {Map<string, {x: number, y: number, width: number, height: number, element: HTMLElement}>} */
  #tiles = new Map();

  /**
   * @param {{width: number, height: number}} full the page, in full pixels
   * @param {import("./tile-grid.js").Level} level
   * @param {string} source address prefix of the document's version
   */
  constructor(full, level, source) {
    this.full = full;
    this.level = level;
    this.source = source;
    this.element.className = "layer";
  }

  /** Whether it is the layer for these. */
  matches(full, level, source) {
    return this.level === level && this.source === source && this.fits(full);
  }

  /** Whether it was made for a page of this size; the size may have been assumed. */
  fits(full) {
    return this.full.width === full.width && this.full.height === full.height;
  }

  get isEmpty() {
    return this.#tiles.size === 0;
  }

  /** Whether it is few tiles that show all of the page: what one sees while finer ones load. */
  get isBase() {
    const count = tileCount(this.full, this.level);
    return count <= BASE_TILES && this.#tiles.size === count;
  }

  has(key) {
    return this.#tiles.has(key);
  }

  /**
   * @param {{key: string, x: number, y: number, width: number, height: number}} tile
   * @param {HTMLElement} element
   * @param {{width: number, height: number, ratio: number}} size of the page, CSS pixels
   */
  add(tile, element, size) {
    element.classList.add("tile");
    const entry = { ...tile, element };
    this.#tiles.set(tile.key, entry);
    this.#lay(entry, size);
    this.element.append(element);
  }

  /** @param {{width: number, height: number, ratio: number}} size of the page, CSS pixels */
  arrange(size) {
    for (const entry of this.#tiles.values()) this.#lay(entry, size);
  }

  /** Lets go of tiles outside a box in full pixels. */
  prune(box) {
    for (const [key, { x, y, width, height, element }] of this.#tiles) {
      if (x < box.right && x + width > box.left && y < box.bottom && y + height > box.top) continue;
      element.remove();
      this.#tiles.delete(key);
    }
  }

  /** Neighbours share their rounded edge: on device pixels there is neither a gap nor an overlap between them. */
  #lay({ x, y, width, height, element }, { width: pageWidth, height: pageHeight, ratio }) {
    const across = (value) => Math.round((value / this.full.width) * pageWidth * ratio) / ratio;
    const down = (value) => Math.round((value / this.full.height) * pageHeight * ratio) / ratio;
    const { style } = element;
    style.left = `${across(x)}px`;
    style.top = `${down(y)}px`;
    style.width = `${across(x + width) - across(x)}px`;
    style.height = `${down(y + height) - down(y)}px`;
  }
}
