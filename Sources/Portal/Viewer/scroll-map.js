// The column of pages may be taller than a browser can scroll. Up to a limit it is scrolled as it is; beyond it, the
// spacer has the limit's height, small movements move the column one to one, and large ones (the scroll bar) move it in
// proportion. Elements are placed at `y - shift`.

/**
 * Tallest spacer, in device pixels. Browsers allow between 16 and 33 million, but the compositor places layers in
 * 32-bit floats: up to 8 million these still tell half pixels apart, beyond it crisp edges blur.
 */
const TALLEST = 8_000_000;

/** How far in one event a wheel, a finger or a key may move: beyond it, in windows, somebody dragged the scroll bar. */
const LEAP = 3;

export class ScrollMap {
  #scroller;
  #spacer;
  #height = 0;
  #written = -1;
  #top = 0;

  /** Subtracted from positions in the column. Only changes under `scrollTo`, `read` and `settle`. */
  shift = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} spacer
   */
  constructor(scroller, spacer) {
    this.#scroller = scroller;
    this.#spacer = spacer;
  }

  /** The top of the window in the column. */
  get top() {
    return this.#top;
  }

  get #range() {
    return Math.max(0, this.#height - this.#scroller.clientHeight);
  }

  get #scrollRange() {
    return Math.max(0, this.#spacerHeight - this.#scroller.clientHeight);
  }

  get #spacerHeight() {
    return Math.min(this.#height, Math.floor(TALLEST / Math.max(1, devicePixelRatio)));
  }

  get #isMapped() {
    return this.#spacerHeight < this.#height;
  }

  /** @param {number} height of the column; the caller then returns to its place with `scrollTo` */
  resize(height) {
    this.#height = height;
    this.#spacer.style.height = `${this.#spacerHeight}px`;
  }

  /** @param {number} y where the window's top shall be in the column */
  scrollTo(y) {
    const top = Math.min(this.#range, Math.max(0, y));
    this.#write(this.#isMapped ? (top / this.#range) * this.#scrollRange : top);
    this.#top = top;
    this.shift = this.#isMapped ? top - this.#written : 0;
    // Browsers round what is written; without a map what they made of it is the truth.
    if (!this.#isMapped) this.#top = this.#written;
  }

  /**
   * Takes in that the scroller has moved.
   * @returns {boolean} whether it was moved by somebody else than `scrollTo`
   */
  read() {
    const { scrollTop } = this.#scroller;
    const moved = scrollTop - this.#written;
    if (Math.abs(moved) < 1) return false;
    this.#written = scrollTop;
    if (!this.#isMapped) {
      this.#top = scrollTop;
    } else if (Math.abs(moved) > LEAP * this.#scroller.clientHeight) {
      this.#top = (scrollTop / this.#scrollRange) * this.#range;
      this.shift = this.#top - scrollTop;
    } else {
      this.#top = scrollTop + this.shift;
      this.#keepInside(scrollTop);
    }
    return true;
  }

  /** Brings the scroll bar to where it belongs, when nothing moves: small movements have taken it a little off. */
  settle() {
    if (this.#isMapped) this.scrollTo(this.#top);
  }

  /** At either end of the scroller the column must be at its own end, and never past it before. */
  #keepInside(scrollTop) {
    const stuck = scrollTop <= 0 || scrollTop >= this.#scrollRange - 1;
    if (stuck || this.#top < 0 || this.#top > this.#range) this.scrollTo(this.#top);
  }

  #write(scrollTop) {
    const snapped = Math.round(scrollTop * devicePixelRatio) / devicePixelRatio;
    if (Math.abs(this.#scroller.scrollTop - snapped) >= 0.01) this.#scroller.scrollTop = snapped;
    this.#written = this.#scroller.scrollTop;
  }
}
