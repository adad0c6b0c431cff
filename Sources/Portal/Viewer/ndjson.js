// Reads answers of one JSON object a line while they come in.

import { Problem, problemOf } from "./problems.js";

/** The server sends an empty line every 15 s; three of them missing mean that nobody is there. */
const SILENCE = 45_000;

/**
 * Reads one answer. Events come in batches, as they arrived. Rejects with a `Problem`, or with an `AbortError`.
 * @param {string} address
 * @param {{signal: AbortSignal, headers: () => Record<string, string>}} options
 * @param {(events: object[]) => void} onEvents
 * @returns {Promise<boolean>} whether the stream came to its end
 */
export async function readEvents(address, { signal, headers }, onEvents) {
  const silence = new AbortController();
  const abort = () => silence.abort();
  let timer = setTimeout(abort, SILENCE);
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
