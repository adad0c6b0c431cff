// One document in one viewer: reads its structure into the page table, and reads it again when the document changed or
// a password was given.

import { tilesAddress, withoutVersion } from "./addresses.js";
import { asProblem } from "./problems.js";
import { readStructure } from "./structure-stream.js";

/** How often the structure is taken again within `SOON` before a version that is gone is called a problem. */
const RENEWALS = 3;
const SOON = 60_000;

export class DocumentSession {
  #segment;
  #table;
  #events;
  #width;
  #password = "";
  #reading = null;
  #renewals = [];

  /**
   * @param {string} segment as in the address of the viewer, perhaps with a version
   * @param {object} parts
   * @param {import("./page-table.js").PageTable} parts.table
   * @param {number} parts.width of the preview, device pixels
   * @param {object} parts.events what to do when something is known
   * @param {(document: object, source: string) => void} parts.events.onDocument
   * @param {() => void} parts.events.onPages
   * @param {(preview: object) => void} parts.events.onPreview
   * @param {(items: object[]) => void} parts.events.onOutline
   * @param {(problem: import("./problems.js").Problem) => void} parts.events.onFailure
   */
  constructor(segment, { table, width, events }) {
    this.#segment = segment;
    this.#table = table;
    this.#width = width;
    this.#events = events;
  }

  /** What every request for this document carries. */
  headers = () => (this.#password === "" ? {} : { "Recto-Password": headerBytes(this.#password) });

  /** Reads the structure from its beginning. */
  async open() {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    let isNew = true;
    try {
      await readStructure(this.#segment, {
        width: this.#width,
        signal: reading.signal,
        headers: this.headers,
        onEvents: (events) => {
          for (const event of events) {
            // A stream that was resumed begins with the document once more.
            if (event.event !== "document" || isNew) this.#take(event);
            if (event.event === "document") isNew = false;
          }
          this.#events.onPages();
        },
      });
    } catch (error) {
      if (!reading.signal.aborted) this.#events.onFailure(asProblem(error));
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  /**
   * The version is gone: takes the structure of whatever is there now.
   * @returns {boolean} whether it was tried; not again and again
   */
  renew() {
    const now = Date.now();
    this.#renewals = this.#renewals.filter((time) => now - time < SOON);
    if (this.#renewals.length >= RENEWALS) return false;
    this.#renewals.push(now);
    this.#segment = withoutVersion(this.#segment);
    this.open();
    return true;
  }

  /** @param {string} password kept in memory only */
  unlock(password) {
    this.#password = password;
    this.open();
  }

  #take(event) {
    switch (event.event) {
      case "document":
        this.#table.begin(event.pages);
        this.#events.onDocument(event, tilesAddress(event));
        break;
      case "page":
        this.#table.learn(event);
        break;
      case "preview":
        this.#events.onPreview(event);
        break;
      case "outline":
        this.#events.onOutline(event.items);
        break;
      case "end":
        this.#table.end(event.pages);
        break;
    }
  }
}

/** A header is bytes, of which `fetch` takes one a character: these are the text's in UTF-8. */
function headerBytes(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
