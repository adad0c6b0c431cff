// Page and zoom in the address bar: `#page=12&zoom=1.5` or `zoom=fit-width`.

import { formatZoom, parseZoom } from "./zoom.js";

/** Browsers limit how often the address may change (Safari: 100 times in 30 s). */
const SETTLE = 300;

/**
 * @param {string} hash
 * @returns {{page?: number, zoom?: import("./zoom.js").Zoom}}
 */
export function parsePlace(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const page = Number.parseInt(parameters.get("page") ?? "", 10);
  return { page: page >= 1 ? page : undefined, zoom: parseZoom(parameters.get("zoom")) };
}

/** Keeps the address bar at the reader's place, and tells when somebody else wrote another one there. */
export class PlaceInAddress {
  #timer = 0;
  #pending = "";

  /** @param {(place: ReturnType<typeof parsePlace>) => void} onNavigate */
  constructor(onNavigate) {
    // `replaceState` raises no such event: each one is the reader's, or a link's.
    addEventListener("hashchange", () => {
      clearTimeout(this.#timer);
      this.#pending = "";
      onNavigate(parsePlace(location.hash));
    });
  }

  /**
   * @param {number} page
   * @param {import("./zoom.js").Zoom} zoom
   */
  write(page, zoom) {
    const hash = `#page=${page}&zoom=${formatZoom(zoom)}`;
    if (hash === this.#pending) return;
    this.#pending = hash;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (hash !== location.hash) history.replaceState(history.state, "", hash);
    }, SETTLE);
  }
}
