// Fetches text and links of the pages that are looked at, once their pixels are there.

import { contentAddress } from "./addresses.js";
import { problemOf } from "./problems.js";

/** Pages whose contents are kept, so that scrolling back and forth asks for nothing. */
const KEPT = 60;

/** How long to leave a page alone whose contents could not be had, in milliseconds. */
const REST = 5000;

/** Formats that have no text to select and no links. */
const isPicture = (format) => /^image\/(?!svg)/.test(format);

export class PageContents {
  #source = "";
  #parts;
  /** @type {Map<number, Promise<{text: object, links: object} | null>>} oldest use first */
  #known = new Map();

  /**
   * @param {object} parts
   * @param {() => Record<string, string>} parts.headers
   * @param {(link: {page: number, x?: number, y?: number}) => void} parts.onFollow a link within the document
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * @param {string} source as `documentAddress` gives it
   * @param {string} format media type of the document
   */
  useSource(source, format) {
    this.#source = isPicture(format) ? "" : source;
    this.#known.clear();
  }

  /** @param {import("./page-element.js").PageElement[]} pages those in the window */
  show(pages) {
    if (!this.#source) return;
    for (const page of pages) if (page.isSharp) this.#showPage(page);
  }

  async #showPage(page) {
    const source = this.#source;
    if (page.hasOverlay && page.overlay.shown.contents === source) return;
    page.overlay.shown.contents = source;
    const contents = await this.#contents(page.number);
    // The document may have got another version, and the page may have been removed; that harms nothing.
    if (page.overlay.shown.contents !== source) return;
    if (contents) {
      page.overlay.showText(contents.text);
      page.overlay.showLinks(contents.links, this.#parts.onFollow);
    } else {
      setTimeout(() => (page.overlay.shown.contents = null), REST);
    }
  }

  #contents(number) {
    const known = this.#known.get(number) ?? this.#fetchBoth(number);
    this.#known.delete(number);
    this.#known.set(number, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
    return known;
  }

  /** Nothing is said where it fails: the page's pixels are there, and tell what is wrong with the document. */
  async #fetchBoth(number) {
    try {
      const [text, links] = await Promise.all([this.#fetch(number, "text"), this.#fetch(number, "links")]);
      return { text, links };
    } catch {
      this.#known.delete(number);
      return null;
    }
  }

  async #fetch(number, content) {
    const address = contentAddress(this.#source, number, content);
    const response = await fetch(address, { headers: this.#parts.headers() });
    if (!response.ok) throw await problemOf(response);
    return response.json();
  }
}
