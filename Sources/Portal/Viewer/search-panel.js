// Finding words in the document: the box, the hits as they come in, and their marks on the pages.

import { searchAddress } from "./addresses.js";
import { readEvents } from "./ndjson.js";
import { asProblem } from "./problems.js";

/** How long to wait for the next letter before searching, in milliseconds. */
const TYPING = 250;

/** Nobody walks through more. */
const MOST_HITS = 5000;

/** @typedef {{page: number, boxes: number[][], before: string, text: string, after: string}} Hit */

export class SearchPanel {
  #panel;
  #toggle;
  #view;
  #headers;
  #parts;
  #source = "";
  #query = "";
  /** @type {Hit[]} */
  #hits = [];
  /** @type {Map<number, number[]>} indices of the hits on each page */
  #byPage = new Map();
  #current = -1;
  #isDone = true;
  #reading = null;
  #timer = 0;
  /** Raised with every change of the marks. */
  #revision = 0;

  /**
   * @param {HTMLFormElement} panel
   * @param {HTMLButtonElement} toggle
   * @param {{view: import("./document-view.js").DocumentView, headers: () => Record<string, string>}} parts
   */
  constructor(panel, toggle, { view, headers }) {
    this.#panel = panel;
    this.#toggle = toggle;
    this.#view = view;
    this.#headers = headers;
    const part = (name) => panel.querySelector(`[data-part="${name}"]`);
    this.#parts = { query: part("query"), hits: part("hits"), previous: part("previous-hit"), next: part("next-hit") };
    const { query, previous } = this.#parts;
    toggle.addEventListener("click", () => (panel.hidden ? this.open() : this.close()));
    part("close").addEventListener("click", () => this.close());
    previous.addEventListener("click", () => this.#step(-1));
    query.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), TYPING);
    });
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#entered(1);
    });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && event.shiftKey) {
        event.preventDefault();
        this.#entered(-1);
      }
    });
  }

  /** @param {string} source as `documentAddress` gives it */
  useSource(source) {
    if (source === this.#source) return;
    this.#source = source;
    if (this.#query !== "") this.#search(true);
  }

  open() {
    this.#panel.hidden = false;
    this.#toggle.ariaExpanded = "true";
    this.#parts.query.focus();
    this.#parts.query.select();
    this.#search();
  }

  close() {
    this.#panel.hidden = true;
    this.#toggle.ariaExpanded = "false";
    clearTimeout(this.#timer);
    this.#begin("");
    this.#changed();
    this.#toggle.focus();
  }

  /** @param {import("./page-element.js").PageElement[]} pages those in the window */
  mark(pages) {
    for (const page of pages) {
      const indices = this.#byPage.get(page.number) ?? [];
      if (indices.length === 0 && !page.hasOverlay) continue;
      if (page.overlay.shown.marks === this.#revision) continue;
      page.overlay.shown.marks = this.#revision;
      const marks = indices.flatMap((index) =>
        this.#hits[index].boxes.map((box) => ({ box, isCurrent: index === this.#current })),
      );
      page.overlay.showMarks(this.#view.pageSize(page.number), marks);
    }
  }

  #begin(query) {
    this.#reading?.abort();
    this.#reading = null;
    this.#query = query;
    this.#hits = [];
    this.#byPage = new Map();
    this.#current = -1;
    this.#isDone = true;
  }

  /** @param {boolean} [again] though the query is the same */
  async #search(again = false) {
    clearTimeout(this.#timer);
    const query = this.#parts.query.value.trim();
    if (query === this.#query && !again) return;
    this.#begin(query);
    this.#changed();
    if (query === "" || !this.#source) return;
    const reading = new AbortController();
    this.#reading = reading;
    this.#isDone = false;
    const start = this.#view.currentPage;
    try {
      const options = { signal: reading.signal, headers: this.#headers };
      await readEvents(searchAddress(this.#source, query), options, (events) => this.#take(events, start));
      this.#ended(reading);
    } catch (error) {
      if (reading.signal.aborted && this.#reading !== reading) return;
      this.#ended(reading, this.#hits.length >= MOST_HITS ? null : asProblem(error));
    }
  }

  #take(events, start) {
    for (const event of events) {
      if (event.event !== "hit" || this.#hits.length >= MOST_HITS) continue;
      const index = this.#hits.push(event) - 1;
      const onPage = this.#byPage.get(event.page);
      if (onPage) onPage.push(index);
      else this.#byPage.set(event.page, [index]);
      // The first from where the reader is; those before were told already.
      if (this.#current < 0 && event.page >= start) this.#choose(index);
    }
    if (this.#hits.length >= MOST_HITS) this.#reading?.abort();
    this.#changed();
  }

  #ended(reading, problem = null) {
    if (this.#reading !== reading) return;
    this.#reading = null;
    this.#isDone = true;
    if (this.#current < 0 && this.#hits.length > 0) this.#choose(0);
    this.#changed();
    if (problem) this.#parts.hits.textContent = problem.title;
  }

  /** Enter: the next hit, or the search at once if it has not begun. */
  #entered(direction) {
    if (this.#parts.query.value.trim() === this.#query) this.#step(direction);
    else this.#search();
  }

  #step(direction) {
    const count = this.#hits.length;
    if (count === 0) return;
    this.#choose((Math.max(this.#current, direction > 0 ? -1 : 0) + direction + count) % count);
    this.#changed();
  }

  #choose(index) {
    this.#current = index;
    const { page, boxes } = this.#hits[index];
    if (boxes.length > 0) this.#view.reveal(page, boxes[0]);
    else this.#view.goTo(page);
  }

  #changed() {
    this.#revision++;
    const { hits, previous, next } = this.#parts;
    const count = this.#hits.length;
    previous.disabled = next.disabled = count === 0;
    hits.textContent = this.#summary(count);
    this.#view.update();
  }

  #summary(count) {
    if (this.#query === "") return "";
    const total = `${count}${this.#isDone && count < MOST_HITS ? "" : "…"}`;
    if (count === 0) return this.#isDone ? "Nothing found" : "Searching…";
    return this.#current < 0 ? total : `${this.#current + 1} of ${total}`;
  }
}
