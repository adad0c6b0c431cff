// Sideways. Pages of one document may differ much in width: each is centred while it fits, and one that does not pans
// over its own width while the scroller pans over that of the widest page near. So no page is ever out of sight.

/** Air at both sides of a page that fills the window. */
export const MARGIN = 12;

export class Pan {
  #scroller;
  #spacer;
  #overflow = 0;
  #written = 0;

  /** How far it is panned, from 0 (left edges) to 1 (right edges). */
  fraction = 0.5;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} spacer
   */
  constructor(scroller, spacer) {
    this.#scroller = scroller;
    this.#spacer = spacer;
  }

  /** The width that the window offers a page. */
  get room() {
    return Math.max(1, this.#scroller.clientWidth - 2 * MARGIN);
  }

  /** @param {number} widest width of the widest page near the window */
  resize(widest) {
    const overflow = Math.max(0, Math.ceil(widest - this.room));
    if (overflow !== this.#overflow) {
      this.#overflow = overflow;
      this.#spacer.style.width = overflow > 0 ? `${this.#scroller.clientWidth + overflow}px` : "";
    }
    const scrollLeft = Math.round(this.fraction * overflow);
    if (scrollLeft !== this.#written || Math.abs(this.#scroller.scrollLeft - scrollLeft) >= 1) {
      this.#scroller.scrollLeft = scrollLeft;
    }
    this.#written = this.#scroller.scrollLeft;
  }

  /** Takes in that the scroller has moved. Returns whether it was the reader. */
  read() {
    const { scrollLeft } = this.#scroller;
    if (Math.abs(scrollLeft - this.#written) < 1 || this.#overflow === 0) return false;
    this.#written = scrollLeft;
    this.fraction = Math.min(1, Math.max(0, scrollLeft / this.#overflow));
    return true;
  }

  /** The left edge of a page in the window. */
  leftInWindow(width) {
    const own = width - this.room;
    return own <= 0 ? (this.#scroller.clientWidth - width) / 2 : MARGIN - this.fraction * own;
  }

  /** The left edge of a page in the spacer. */
  left(width) {
    return this.#written + this.leftInWindow(width);
  }

  /**
   * Pans so that a point of a page comes to lie at `x` in the window, as far as that goes.
   * @param {number} width of the page
   * @param {number} inside the point, 0 to 1 across the page
   * @param {number} x
   */
  hold(width, inside, x) {
    const own = width - this.room;
    if (own > 0) this.fraction = Math.min(1, Math.max(0, (MARGIN - (x - inside * width)) / own));
  }
}
