// The scrolling view of a document: composes layout, scrolling, zoom and tiles. Everything that changes anything marks
// what has to be done and is carried out once, in the next frame.

import { GAP, PageLayout, unitScale } from "./page-layout.js";
import { PageWindow } from "./page-window.js";
import { Pan } from "./pan.js";
import { placeAt, startOf, topFor } from "./place.js";
import { ScrollMap } from "./scroll-map.js";
import { shrinkToLevel } from "./tile-grid.js";
import { clampScale, resolveZoom, stepZoom } from "./zoom.js";

/** While zooming or flying past pages no tiles are asked for, and until this many milliseconds later. */
const QUIET = 100;

/** A second movement by this part of a window within `QUIET` is flying. */
const FLYING = 0.75;

/** How long after the last movement the scroll bar may be corrected, in milliseconds. */
const SETTLE = 250;

/** At which part of the window's height something is shown that was looked for. */
const REVEALED = 0.3;

export class DocumentView {
  #scroller;
  #table;
  #layout;
  #map;
  #pan;
  #pages;
  #queue;
  #onChange;

  #place = startOf(1);
  /** The page that was jumped to, while it is what the reader is at though others show more of themselves. */
  #jumpedTo = 1;
  #zoom = "fit-width";
  #scale = 1;
  /** The page that a fitting zoom fits: it stays so while others are scrolled past. */
  #fitted = 1;
  #source = "";
  #frame = 0;
  #layoutIsStale = false;
  #quietUntil = 0;
  #lastMove = 0;
  #settleTimer = 0;
  #quietTimer = 0;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.scroller
   * @param {HTMLElement} parts.spacer
   * @param {import("./page-table.js").PageTable} parts.table
   * @param {import("./tile-queue.js").TileQueue} parts.queue
   * @param {(tile: import("./tile-fetch.js").DrawnTile) => HTMLElement} parts.dress
   * @param {(page: object, problem: import("./problems.js").Problem) => void} parts.onProblem a `PageElement` failed
   * @param {(view: DocumentView) => void} parts.onChange after each frame in which anything changed
   */
  constructor({ scroller, spacer, table, queue, dress, onProblem, onChange }) {
    this.#scroller = scroller;
    this.#queue = queue;
    this.#table = table;
    this.#layout = new PageLayout(table);
    this.#map = new ScrollMap(scroller, spacer);
    this.#pan = new Pan(scroller, spacer);
    this.#onChange = onChange;
    this.#pages = new PageWindow({
      spacer,
      table,
      layout: this.#layout,
      map: this.#map,
      pan: this.#pan,
      queue,
      dress,
      onProblem,
      onDrawn: this.update,
    });
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(scroller);
    this.#followPixelRatio();
  }

  get zoom() {
    return this.#zoom;
  }

  /** What the zoom comes to, 1 being natural size. */
  get scale() {
    return this.#scale;
  }

  get currentPage() {
    return Math.min(this.#jumpedTo ?? this.#layout.currentPage(this.#map.top, this.#window.height), this.#table.count);
  }

  /** A page's size in its units. */
  pageSize(number) {
    const { width, height } = this.#table.page(number);
    return { width, height };
  }

  /** Pages of which something is in the window. */
  get seenPages() {
    return this.#table.isEmpty ? [] : this.#pages.seen(this.#window);
  }

  /** @param {string} source address prefix of the version that tiles are to be of; empty while it is not known */
  useSource(source) {
    // Answers still on their way are those of a version that is gone.
    if (source !== this.#source) this.#queue.want([]);
    this.#source = source;
    this.clearProblems();
  }

  /** @param {{data: string, type: string}} preview picture of the first page */
  showPreview(preview) {
    this.#pages.showPreview(preview);
  }

  clearProblems() {
    this.#pages.clearProblems();
    this.update();
  }

  /** The table has changed: lays out anew and keeps the place. */
  relayout() {
    this.#layoutIsStale = true;
    this.update();
  }

  /** Draws the next frame anew. Bound, since it is handed out. */
  update = () => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  };

  /**
   * @param {number} page
   * @param {import("./zoom.js").Zoom} [zoom]
   */
  goTo(page, zoom) {
    // What was scrolled in this very frame must not be taken for a wish that came later.
    if (!this.#table.isEmpty) this.#scrolled();
    const last = this.#table.complete ? this.#table.count : Infinity;
    this.#place = startOf(Math.min(last, Math.max(1, page)));
    this.#jumpedTo = this.#place.page;
    if (zoom !== undefined) {
      this.#zoom = zoom;
      this.#fitted = this.#place.page;
    }
    this.relayout();
  }

  /**
   * @param {number} page
   * @param {{y?: number}} point in the page's units; the page's top where it names no height
   */
  goToPoint(page, { y }) {
    this.goTo(page);
    if (y === undefined) return;
    const inside = Math.min(1, Math.max(0, y / this.#table.page(page).height));
    this.#place = { ...this.#place, inside };
  }

  /**
   * Brings a part of a page into the window. Where it is in sight, nothing moves.
   * @param {number} page
   * @param {number[]} box left, top, width and height in the page's units
   */
  reveal(page, [x, y, width, height]) {
    this.#scrolled();
    const facts = this.#table.page(page);
    const sheet = this.#pages.sheet(page);
    const window = this.#window;
    if (sheet) {
      const [left, top] = [sheet.left + (x / facts.width) * sheet.width, sheet.top + (y / facts.height) * sheet.height];
      const [right, bottom] = [
        left + (width / facts.width) * sheet.width,
        top + (height / facts.height) * sheet.height,
      ];
      if (left >= 0 && top >= 0 && right <= window.width && bottom <= window.height) return;
    }
    this.#place = { page, inside: y / facts.height, beyond: 0, held: window.height * REVEALED };
    this.#jumpedTo = null;
    this.#layoutIsStale = true;
    const inside = (x + width / 2) / facts.width;
    this.#pan.hold(this.#layout.size(page).width, inside, window.width / 2);
    this.update();
  }

  /** Scrolls by a number of windows, or by pixels across. */
  scrollBy({ windows = 0, down = 0, across = 0 }) {
    this.#scroller.scrollBy(across, down + windows * this.#window.height);
  }

  /** Whether the current page is wider than the window. */
  get isWide() {
    return this.#scroller.scrollWidth > this.#scroller.clientWidth;
  }

  /**
   * @param {import("./zoom.js").Zoom} zoom
   * @param {{x: number, y: number}} [from] point of the scroller around which to zoom; the middle otherwise
   * @param {{x: number, y: number}} [to] where that point goes: fingers that pinch also drag
   */
  zoomTo(zoom, from, to) {
    if (this.#table.isEmpty) return;
    this.#scrolled();
    if (this.#layoutIsStale) this.#layOut();
    const isFit = typeof zoom !== "number";
    const { width, height } = this.#window;
    const { x, y } = from ?? { x: width / 2, y: isFit ? 0 : height / 2 };
    this.#fitted = this.currentPage;
    if (zoom === "fit-page") {
      this.#place = startOf(this.#fitted);
      this.#jumpedTo = this.#fitted;
    } else {
      this.#place = { ...placeAt(this.#layout, this.#map.top, y), held: to?.y ?? y };
      if (!isFit) this.#jumpedTo = null;
    }
    const { page } = this.#place;
    const before = this.#layout.size(page).width;
    const inside = (x - this.#pan.leftInWindow(before)) / before;
    this.#zoom = isFit ? zoom : clampScale(zoom);
    this.#quiet();
    this.#layOut();
    this.#pan.hold(this.#layout.size(page).width, inside, to?.x ?? x);
    this.update();
  }

  /** @param {1 | -1} direction */
  zoomStep(direction) {
    this.zoomTo(stepZoom(this.#scale, direction));
  }

  get #window() {
    return { width: this.#scroller.clientWidth, height: this.#scroller.clientHeight };
  }

  #layOut() {
    this.#layoutIsStale = false;
    const natural = this.#table.page(Math.min(this.#fitted, this.#table.count));
    const unit = unitScale(natural);
    const room = { width: this.#pan.room, height: this.#window.height - 2 * GAP };
    const size = { width: natural.width * unit, height: natural.height * unit };
    this.#scale = resolveZoom(this.#zoom, size, room);
    if (typeof this.#zoom !== "number") {
      this.#scale *= shrinkToLevel(natural, size.width * this.#scale * devicePixelRatio);
    }
    this.#layout.update(this.#scale, devicePixelRatio);
    this.#map.resize(this.#layout.height);
    this.#map.scrollTo(topFor(this.#layout, this.#place, this.#table.count));
  }

  #draw() {
    if (this.#table.isEmpty || this.#table.count === 0) return;
    if (this.#layoutIsStale || this.#layout.ratio !== devicePixelRatio) this.#layOut();
    const { width, height } = this.#window;
    this.#pages.arrange({ width, height }, devicePixelRatio);
    // A page that the stream has not come to yet: what is shown meanwhile is not what is wanted.
    const isOnTheWay = this.#place.page > this.#table.count && !this.#table.complete;
    const hold = isOnTheWay || performance.now() < this.#quietUntil;
    const current = this.currentPage;
    if (this.#source) {
      this.#pages.requestTiles({ width, height, ratio: devicePixelRatio, current, source: this.#source, hold });
    }
    this.#onChange(this);
  }

  #scrolled() {
    const before = this.#map.top;
    const movedAcross = this.#pan.read();
    const movedDown = this.#map.read();
    if (!movedAcross && !movedDown) return;
    if (movedDown) {
      const now = performance.now();
      const isFlying = Math.abs(this.#map.top - before) > FLYING * this.#window.height && now - this.#lastMove < QUIET;
      if (isFlying) this.#quiet();
      this.#lastMove = now;
      this.#jumpedTo = null;
      this.#place = placeAt(this.#layout, this.#map.top);
      clearTimeout(this.#settleTimer);
      this.#settleTimer = setTimeout(() => {
        this.#map.settle();
        this.update();
      }, SETTLE);
    }
    this.update();
  }

  #resized() {
    if (this.#table.isEmpty) return;
    if (typeof this.#zoom !== "number") this.#fitted = this.currentPage;
    this.#quiet();
    this.relayout();
  }

  #quiet() {
    this.#quietUntil = performance.now() + QUIET;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(this.update, QUIET + 1);
  }

  /** A window may be moved to another screen, and browsers zoom by changing the ratio. */
  #followPixelRatio() {
    const changed = () => {
      this.#followPixelRatio();
      this.#resized();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true });
  }
}
