// The pages that are in the DOM: those in the window and a window's height around it. All others are mere numbers.

import { PageElement } from "./page-element.js";
import { isSeen, planTiles } from "./tile-plan.js";

/** How far outside of the window pages are kept in the DOM, in windows. */
const MARGIN = 1;

export class PageWindow {
  #parts;
  /** @type {Map<number, PageElement>} */
  #pages = new Map();
  /** @type {import("./tile-plan.js").Sheet[]} */
  #sheets = [];
  #preview = null;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.spacer
   * @param {import("./page-table.js").PageTable} parts.table
   * @param {import("./page-layout.js").PageLayout} parts.layout
   * @param {import("./scroll-map.js").ScrollMap} parts.map
   * @param {import("./pan.js").Pan} parts.pan
   * @param {import("./tile-queue.js").TileQueue} parts.queue
   * @param {(tile: import("./tile-fetch.js").DrawnTile) => HTMLElement} parts.dress what to put into the page
   * @param {(page: PageElement, problem: import("./problems.js").Problem) => void} parts.onProblem
   * @param {() => void} parts.onDrawn
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {{data: string, type: string}} preview picture of the first page */
  async showPreview({ data, type }) {
    const image = new Image();
    image.className = "preview";
    image.alt = "";
    image.src = `data:${type};base64,${data}`;
    await image.decode().catch(() => {});
    this.#preview = image;
    this.#pages.get(1)?.showPreview(image);
    this.#parts.onDrawn();
  }

  /**
   * Puts the right pages into the DOM, each at its place.
   * @param {{width: number, height: number}} window CSS pixels
   * @param {number} ratio device pixels per CSS pixel
   */
  arrange(window, ratio) {
    const { table, layout, map, pan } = this.#parts;
    const first = layout.pageAt(map.top - window.height * MARGIN);
    const last = layout.pageAt(map.top + window.height * (1 + MARGIN));
    const numbers = [];
    for (let number = first; number <= Math.min(last, table.count); number++) numbers.push(number);
    for (const number of this.#pages.keys()) if (number < first || number > last) this.#remove(number);

    pan.resize(Math.max(0, ...numbers.map((number) => layout.size(number).width)));
    this.#sheets = numbers.map((number) => {
      const page = this.#pages.get(number) ?? this.#add(number);
      const { width, height } = layout.size(number);
      const top = layout.top(number);
      page.name(table.label(number));
      page.arrange({ left: layout.snap(pan.left(width)), top: layout.snap(top - map.shift), width, height, ratio });
      const facts = table.page(number);
      return { page, facts, left: pan.leftInWindow(width), top: top - map.top, width, height };
    });
  }

  /**
   * Asks for the tiles that are wanted now.
   * @param {{width: number, height: number, ratio: number, current: number, source: string, hold: boolean}} view
   */
  requestTiles({ width, height, ratio, current, source, hold }) {
    const { queue, dress, onProblem, onDrawn } = this.#parts;
    const wishes = planTiles(this.#sheets, { window: { width, height }, ratio, current, source });
    const requests = wishes.map(({ address, sheet: { page }, tile, level }) => ({
      address,
      deliver: (drawn) => {
        page.draw(tile, level, source, dress(drawn));
        onDrawn();
      },
      fail: (problem) => onProblem(page, problem),
    }));
    queue.want(requests, hold);
  }

  /** The pages of which something is in the window. */
  seen(window) {
    return this.#sheets.filter((sheet) => isSeen(sheet, window)).map((sheet) => sheet.page);
  }

  /** Where a page lies in the window, if it is in the DOM. */
  sheet(number) {
    return this.#sheets.find((sheet) => sheet.page.number === number);
  }

  clearProblems() {
    for (const page of this.#pages.values()) page.clearProblem();
  }

  #add(number) {
    const page = new PageElement(number);
    this.#pages.set(number, page);
    if (number === 1 && this.#preview) page.showPreview(this.#preview);
    // In reading order, for those who read with a screen reader.
    const next = [...this.#pages.keys()].filter((other) => other > number).sort((one, other) => one - other)[0];
    this.#parts.spacer.insertBefore(page.element, this.#pages.get(next)?.element ?? null);
    return page;
  }

  #remove(number) {
    this.#pages.get(number).element.remove();
    this.#pages.delete(number);
  }
}
