// One page in the window: its sheet of paper, its layers of tiles, and what stands there when it cannot be drawn.

import { PageOverlay } from "./page-overlay.js";
import { tilesIn } from "./tile-grid.js";
import { TileLayer } from "./tile-layer.js";

export class PageElement {
  element = document.createElement("div");
  #preview = null;
  /** @type {TileLayer[]} oldest first; the wanted one is the last */
  #layers = [];
  #size = { left: NaN, top: NaN, width: 0, height: 0, ratio: 1 };
  #notice = null;
  #overlay = null;
  /** @type {import("./problems.js").Problem | null} */
  problem = null;
  isSharp = false;

  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.element.className = "page";
    this.element.dataset.page = String(number);
    this.element.setAttribute("role", "group");
  }

  /** @param {string} label as printed on the page */
  name(label) {
    const number = String(this.number);
    const name = label === number ? `Page ${number}` : `Page ${label} (${number})`;
    if (this.element.ariaLabel !== name) this.element.ariaLabel = name;
  }

  /** What lies over the tiles: marks, text, links. Made when it is first needed. */
  get overlay() {
    if (!this.#overlay) {
      this.#overlay = new PageOverlay();
      this.element.append(this.#overlay.element);
    }
    return this.#overlay;
  }

  get hasOverlay() {
    return this.#overlay !== null;
  }

  /** @param {{left: number, top: number, width: number, height: number, ratio: number}} size CSS pixels */
  arrange(size) {
    const old = this.#size;
    this.#size = size;
    const { style } = this.element;
    // Not a transform: what sticks to the window inside of a page goes by its place in the layout.
    if (size.left !== old.left) style.left = `${size.left}px`;
    if (size.top !== old.top) style.top = `${size.top}px`;
    if (size.width === old.width && size.height === old.height && size.ratio === old.ratio) return;
    style.width = `${size.width}px`;
    style.height = `${size.height}px`;
    for (const layer of this.#layers) layer.arrange(size);
  }

  /** @param {HTMLImageElement | null} image shown beneath all tiles */
  showPreview(image) {
    if (this.#preview === image) return;
    this.#preview?.remove();
    this.#preview = image;
    if (image) this.element.prepend(image);
  }

  get hasPreview() {
    return this.#preview !== null;
  }

  /**
   * Makes a level the wanted one.
   * @param {{width: number, height: number}} full
   * @param {import("./tile-grid.js").Level} level
   * @param {string} source address prefix of the document's version
   */
  want(full, level, source) {
    if (this.#wanted?.matches(full, level, source)) return;
    // Layers of a size that was wrongly assumed would show the page distorted, and their problem may be none.
    if (this.#wanted && (!this.#wanted.fits(full) || this.#wanted.source !== source)) this.clearProblem();
    const known = this.#layers.find((other) => other.matches(full, level, source));
    const layer = known ?? new TileLayer(full, level, source);
    for (const other of this.#layers) {
      if (other !== layer && (other.isEmpty || !other.fits(full))) other.element.remove();
    }
    this.#layers = this.#layers.filter((other) => other !== layer && !other.isEmpty && other.fits(full));
    this.#layers.push(layer);
    this.element.append(layer.element);
    if (this.#notice) this.element.append(this.#notice);
    layer.arrange(this.#size);
  }

  get #wanted() {
    return this.#layers[this.#layers.length - 1];
  }

  /** Whether anything of the wanted level is drawn. */
  get hasTiles() {
    return !this.#wanted.isEmpty;
  }

  /** The wanted level's tiles that a box, in full pixels, touches and that are not drawn. */
  missing(box) {
    const layer = this.#wanted;
    return tilesIn(layer.full, layer.level, box).filter((tile) => !layer.has(tile.key));
  }

  /**
   * Takes in a tile of a level and source, if that is still shown: the answer may come after the wanted level changed.
   * @param {{key: string, x: number, y: number, width: number, height: number}} tile in full pixels
   * @param {import("./tile-grid.js").Level} level
   * @param {string} source
   * @param {HTMLElement} element
   */
  draw(tile, level, source, element) {
    const layer = this.#layers.find((other) => other.level === level && other.source === source);
    layer?.add(tile, element, this.#size);
  }

  /**
   * Takes note of whether everything seen is drawn; if so, lets go of what was beneath and of what is far away.
   * @param {boolean} isSharp
   * @param {{left: number, top: number, right: number, bottom: number}} nearby in full pixels
   */
  settle(isSharp, nearby) {
    this.isSharp = isSharp;
    this.element.dataset.sharp = String(isSharp);
    const wanted = this.#wanted;
    wanted.prune(nearby);
    if (!isSharp) return;
    const keeps = (layer) =>
      layer === wanted || (layer.isBase && !wanted.isBase && layer.source === wanted.source);
    for (const layer of this.#layers) if (!keeps(layer)) layer.element.remove();
    this.#layers = this.#layers.filter(keeps);
  }

  /**
   * @param {import("./problems.js").Problem} problem
   * @param {HTMLElement} notice
   */
  fail(problem, notice) {
    this.clearProblem();
    this.problem = problem;
    this.#notice = notice;
    this.element.dataset.problem = problem.type;
    this.element.append(notice);
  }

  clearProblem() {
    this.problem = null;
    this.#notice?.remove();
    this.#notice = null;
    delete this.element.dataset.problem;
  }
}
