// Fetches one tile and turns it into an image that is ready to be drawn. `fetch` rather than `img.src`: only so can a
// request be aborted, its headers be read and its problem be shown.

import { Problem, asProblem, problemOf } from "./problems.js";

/**
 * @typedef {object} DrawnTile
 * @property {HTMLImageElement} image decoded
 * @property {string} node which node answered; empty where the answer does not say
 * @property {boolean} hit whether it came out of the node's cache
 * @property {number} milliseconds from request to the last byte, as this browser saw it
 */

/**
 * @param {string} address
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {Record<string, string>} options.headers
 * @param {boolean} options.bypassCache ask the cluster even for what the browser holds
 * @returns {Promise<DrawnTile>} rejects with a `Problem`, or with whatever the signal's abort raises
 */
export async function fetchTile(address, { signal, headers, bypassCache }) {
  const begin = performance.now();
  try {
    const response = await fetch(address, { signal, headers, cache: bypassCache ? "reload" : "default" });
    if (!response.ok) throw await problemOf(response);
    const blob = await response.blob();
    const milliseconds = performance.now() - begin;
    const image = await imageOf(blob);
    signal.throwIfAborted();
    return {
      image,
      node: response.headers.get("X-Recto-Node") ?? "",
      hit: /\bcache\s*;[^,]*desc="?hit/.test(response.headers.get("Server-Timing") ?? ""),
      milliseconds,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    throw asProblem(error);
  }
}

async function imageOf(blob) {
  const image = new Image();
  image.alt = "";
  image.draggable = false;
  // Painted in the frame it is put in, not one later: an old tile may be taken away in the same frame.
  image.decoding = "sync";
  const address = URL.createObjectURL(blob);
  try {
    image.src = address;
    await image.decode();
    return image;
  } catch {
    const detail = "The picture that the server sent is damaged.";
    throw new Problem({ type: "about:blank#damaged-tile", title: "A tile cannot be shown", detail, status: 200 });
  } finally {
    // The image keeps its bytes; the address would keep the blob for as long as the tab lives.
    URL.revokeObjectURL(address);
  }
}
