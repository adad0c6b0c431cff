// Reads the structure stream (NDJSON) and takes it up again where it broke off.

import { structureAddress } from "./addresses.js";
import { readEvents } from "./ndjson.js";
import { Problem, asProblem, pauseBefore } from "./problems.js";

/** Broken connections in a row without a single new page between them, before giving up. */
const ATTEMPTS = 5;

/**
 * Reads a document's structure to its end. Events come in batches, as they arrived, so that a thousand pages in one
 * chunk cost one layout. Resolves after `end`; rejects with a `Problem`, or with an `AbortError` when aborted.
 * @param {string} segment document, with or without `@version`
 * @param {object} options
 * @param {number} options.width of the preview, in device pixels
 * @param {AbortSignal} options.signal
 * @param {() => Record<string, string>} options.headers
 * @param {(events: object[]) => void} options.onEvents
 */
export async function readStructure(segment, { width, signal, headers, onEvents }) {
  let next = 1;
  let source = segment;
  for (let attempt = 0; ; attempt++) {
    let problem;
    try {
      const ended = await readEvents(structureAddress(source, { width, from: next }), { signal, headers }, (events) => {
        for (const event of events) {
          if (event.event === "page") {
            next = Math.max(next, event.page + 1);
            attempt = 0;
          } else if (event.event === "document") {
            // What is resumed must be the version that was begun.
            source = `${event.path}@${encodeURIComponent(event.version)}`;
          }
        }
        onEvents(events);
      });
      if (ended) return;
      problem = new Problem({ title: "The connection broke off", detail: "The document's structure is incomplete." });
    } catch (error) {
      if (signal.aborted) throw error;
      problem = asProblem(error);
    }
    if (!problem.isPassing || attempt + 1 >= ATTEMPTS) throw problem;
    await pause(pauseBefore(problem, attempt), signal);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
