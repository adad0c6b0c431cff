// With `?debug`: who drew what is on the screen, and how many copies of this document the cluster holds. The product's
// idea in one picture: one document, one colour, one copy.

import { copiesAddress } from "./addresses.js";
import { hueOf } from "./tile-marks.js";

const POLL = 2000;

/** Squares in the strip of latest tiles. */
const STRIP = 96;

export class DebugPanel {
  #path = "";
  #headers;
  #part;
  /** @type {Map<string, {hits: number, misses: number, hitTime: number, missTime: number}>} */
  #nodes = new Map();
  #stale = false;

  /**
   * @param {HTMLElement} panel
   * @param {() => Record<string, string>} headers
   */
  constructor(panel, headers) {
    this.#headers = headers;
    this.#part = (name) => panel.querySelector(`[data-part="${name}"]`);
    panel.hidden = false;
    setInterval(() => this.#poll(), POLL);
    document.addEventListener("visibilitychange", () => this.#poll());
  }

  /** @param {string} path the document's segment, without version */
  follow(path) {
    this.#path = path;
    this.#poll();
  }

  /** @param {import("./tile-fetch.js").DrawnTile} tile */
  count({ node, hit, milliseconds }) {
    const name = node || "?";
    const counts = this.#nodes.get(name) ?? { hits: 0, misses: 0, hitTime: 0, missTime: 0 };
    this.#nodes.set(name, counts);
    counts[hit ? "hits" : "misses"] += 1;
    counts[hit ? "hitTime" : "missTime"] += milliseconds;
    this.#addSquare(name, hit);
    if (this.#stale) return;
    this.#stale = true;
    requestAnimationFrame(() => this.#show());
  }

  #addSquare(node, hit) {
    const strip = this.#part("strip");
    const square = made("span", hit ? "square hit" : "square miss");
    square.style.setProperty("--hue", String(hueOf(node)));
    strip.append(square);
    if (strip.childElementCount > STRIP) strip.firstElementChild.remove();
  }

  #show() {
    this.#stale = false;
    const rows = [...this.#nodes].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
    const most = Math.max(...rows.map(([, { hits, misses }]) => hits + misses));
    this.#part("nodes").replaceChildren(...rows.map(([node, counts]) => nodeRow(node, counts, most)));
    const sum = (name) => rows.reduce((total, [, counts]) => total + counts[name], 0);
    const mean = (time, number) => (number === 0 ? "–" : `${Math.round(time / number)} ms`);
    const hits = sum("hits");
    const misses = sum("misses");
    this.#part("tiles").textContent = String(hits + misses);
    this.#part("hits").textContent = `${hits} hit${hits === 1 ? "" : "s"} · ${mean(sum("hitTime"), hits)}`;
    this.#part("misses").textContent = `${misses} miss${misses === 1 ? "" : "es"} · ${mean(sum("missTime"), misses)}`;
  }

  async #poll() {
    if (document.hidden || this.#path === "") return;
    try {
      const response = await fetch(copiesAddress(this.#path), { headers: this.#headers(), cache: "no-store" });
      // Not every server tells: then the panel shows what it can count itself.
      this.#part("cluster").hidden = !response.ok;
      if (response.ok) this.#showCopies(await response.json());
    } catch {
      this.#part("cluster").hidden = true;
    }
  }

  #showCopies({ copies, archiveOpens, archiveReads, archiveBytes, holders = [] }) {
    this.#part("copies").textContent = String(copies ?? holders.length);
    this.#part("copies-unit").textContent = copies === 1 ? "copy in the cluster" : "copies in the cluster";
    this.#part("archive").textContent =
      `${archiveOpens ?? "–"} opened · ${archiveReads ?? "–"} read · ${bytes(archiveBytes ?? 0)}`;
    this.#part("holders").replaceChildren(
      ...holders.map(({ id, role, open }) => {
        const holder = made("li", open ? "holder open" : "holder", id);
        holder.style.setProperty("--hue", String(hueOf(id)));
        holder.title = `${role}: ${open ? "holds it open" : "holds its bytes"}`;
        return holder;
      }),
    );
  }
}

function nodeRow(node, { hits, misses }, most) {
  const row = made("li", "node");
  row.style.setProperty("--hue", String(hueOf(node)));
  const bar = made("span", "share");
  for (const [name, number] of [["hit", hits], ["miss", misses]]) {
    const part = made("span", name);
    part.style.width = `${(number / most) * 100}%`;
    bar.append(part);
  }
  row.append(made("span", "name", node), bar, made("span", "numbers", `${hits} / ${misses}`));
  row.ariaLabel = `${node}: ${hits} hits, ${misses} misses`;
  return row;
}

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; number >= 1000 && unit < units.length - 1; unit++) number /= 1000;
  return `${unit === 0 ? number : number.toPrecision(3)} ${units[unit]}`;
}

function made(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
