// Where the pages lie: one column, in CSS pixels, all edges on device pixels so that pages and tiles are drawn crisp.

/** Between pages, and above the first and below the last. */
export const GAP = 12;

/** CSS pixels per unit at a zoom of 1: a point is 1/72 inch and a CSS pixel 1/96; scans are shown pixel by pixel. */
export const unitScale = (page) => (page.unit === "px" ? 1 : 96 / 72);

export class PageLayout {
  #tops = new Float64Array(1);
  #table;
  #zoom = 1;
  #ratio = 1;

  /** @param {import("./page-table.js").PageTable} table */
  constructor(table) {
    this.#table = table;
  }

  /** Device pixels per CSS pixel that it was laid out for. */
  get ratio() {
    return this.#ratio;
  }

  /** Height of the whole column. */
  get height() {
    return this.#tops[this.#tops.length - 1];
  }

  /**
   * Lays all pages out again: a few milliseconds for a hundred thousand, so there is nothing incremental about it.
   * @param {number} zoom
   * @param {number} ratio device pixels per CSS pixel
   */
  update(zoom, ratio) {
    this.#zoom = zoom;
    this.#ratio = ratio;
    const { count } = this.#table;
    const gap = this.snap(GAP);
    const tops = new Float64Array(count + 1);
    let top = gap;
    for (let number = 1; number <= count; number++) {
      tops[number - 1] = top;
      top += this.size(number).height + gap;
    }
    tops[count] = top;
    this.#tops = tops;
  }

  /** The nearest device pixel edge. */
  snap(length) {
    return Math.round(length * this.#ratio) / this.#ratio;
  }

  /** @returns {{width: number, height: number}} */
  size(number) {
    const page = this.#table.page(number);
    const scale = this.#zoom * unitScale(page);
    const pixel = 1 / this.#ratio;
    return {
      width: Math.max(pixel, this.snap(page.width * scale)),
      height: Math.max(pixel, this.snap(page.height * scale)),
    };
  }

  top(number) {
    return this.#tops[number - 1];
  }

  bottom(number) {
    return this.#tops[number - 1] + this.size(number).height;
  }

  /** The page at a height; the gap below a page belongs to it. */
  pageAt(y) {
    let low = 1;
    let high = Math.max(1, this.#tops.length - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle - 1] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The page a reader would say is being read: the first of which half is shown, or that fills half of the window.
   * @param {number} top of the window
   * @param {number} height of the window
   */
  currentPage(top, height) {
    let number = this.pageAt(top);
    while (number < this.#tops.length - 1) {
      const shown = Math.min(this.bottom(number), top + height) - Math.max(this.top(number), top);
      if (shown >= Math.min(this.size(number).height, height) / 2 - 1) break;
      if (this.top(number + 1) >= top + height) break;
      number++;
    }
    return number;
  }
}
