// Reads the structure stream (NDJSON) and takes it up again where it broke off.

import { structureAddress } from "./addresses.js";
import { Problem, asProblem, pauseBefore, problemOf } from "./problems.js";

/** Broken connections in a row without a single new page between them, before giving up. */
const ATTEMPTS = 5;

/** The server sends an empty line every 15 s; three of them missing mean that nobody is there. */
const SILENCE = 45_000;

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
      const ended = await readOnce(structureAddress(source, { width, from: next }), { signal, headers }, (events) => {
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

/** Reads one answer. Returns whether the stream came to its end. */
async function readOnce(address, { signal, headers }, onEvents) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE);
  const abort = () => silence.abort();
  signal.addEventListener("abort", abort);
  try {
    const response = await fetch(address, {
      headers: { Accept: "application/x-ndjson", ...headers() },
      signal: silence.signal,
    });
    if (!response.ok) throw await problemOf(response);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return false;
      timer = setTimeout(abort, SILENCE);
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      const events = lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
      const failure = events.find((event) => event.event === "error");
      if (events.length > 0) onEvents(events);
      if (failure) throw new Problem(failure);
      if (events.some((event) => event.event === "end")) return true;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    silence.abort();
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
