// What is known of a document's pages so far. Pages that the stream has not told of are assumed to be like the last
// one known before them, which is right for nearly all documents.

/**
 * @typedef {object} Page
 * @property {number} width as displayed, in units
 * @property {number} height as displayed, in units
 * @property {"pt" | "px"} unit
 * @property {string} [label]
 * @property {string} tiles the format that suits its content
 */

/** Before the first page is known: a sheet of A4. */
const A4 = { width: 595, height: 842, unit: "pt", tiles: "png" };

export class PageTable {
  #pages = [];
  #labels = new Map();
  /** How many pages there are, as far as known. */
  count = 0;
  /** Whether `count` is final. */
  complete = false;

  /** @param {number | undefined} count as announced; absent where the server does not know it yet */
  begin(count) {
    // Sizes of an earlier version stay as assumptions: the place is kept while the new ones come in.
    this.complete = false;
    this.#labels.clear();
    this.count = count ?? Math.max(this.count, 0);
  }

  /** @param {{page: number} & Page} event */
  learn({ page, width, height, unit, label, tiles }) {
    this.#pages[page - 1] = { width, height, unit, label, tiles: tiles ?? "png" };
    if (label !== undefined && !this.#labels.has(label)) this.#labels.set(label, page);
    this.count = Math.max(this.count, page);
  }

  /** @param {number} count authoritative */
  end(count) {
    this.count = count;
    this.#pages.length = Math.min(this.#pages.length, count);
    this.complete = true;
  }

  /**
   * @param {number} number from 1
   * @returns {Page}
   */
  page(number) {
    return this.#pages[number - 1] ?? this.#pages[Math.min(number, this.#pages.length) - 1] ?? this.#pages[0] ?? A4;
  }

  /** Whether any page is known, so that something can be laid out. */
  get isEmpty() {
    return this.#pages.length === 0;
  }

  /** The page's own label, where it has one that says more than its number. */
  label(number) {
    const label = this.#pages[number - 1]?.label;
    return label === undefined || label === "" ? String(number) : label;
  }

  /**
   * The page that a reader means: a label first, since it is what is printed on the page, else a number.
   * @param {string} text
   * @returns {number | undefined}
   */
  find(text) {
    const wanted = text.trim();
    const labelled = this.#labels.get(wanted);
    if (labelled !== undefined) return labelled;
    const number = /^\d+$/.test(wanted) ? Number(wanted) : 0;
    return number >= 1 && number <= this.count ? number : undefined;
  }
}
