// What went wrong, as the server says it (RFC 9457) or as the browser saw it.

/** A problem that can be shown to a reader: a title, a detail, and whether asking again may help. */
export class Problem extends Error {
  /**
   * @param {{type?: string, title?: string, status?: number, detail?: string}} body
   * @param {number} [retryAfter] seconds, where the server asked for a pause
   */
  constructor({ type, title, status, detail }, retryAfter) {
    super(title ?? "Something went wrong");
    this.type = type ?? "about:blank";
    this.title = this.message;
    this.status = status ?? 0;
    this.detail = detail ?? "";
    this.retryAfter = retryAfter;
  }

  /** The last part of the type: stable, and short enough to compare with. */
  get kind() {
    return this.type.split(/[/#:]/).pop();
  }

  get needsPassword() {
    return this.kind === "password-required" || this.kind === "password-wrong";
  }

  /** The version is no longer there: the structure must be taken again. */
  get isGone() {
    return this.status === 410;
  }

  /** Overload, a node that is going, or no connection: the same request may well succeed in a moment. */
  get isPassing() {
    return this.status === 0 || this.status === 503 || this.status === 429;
  }
}

/**
 * The problem in an answer that is not 2xx. A proxy in between may answer with something that is no problem document.
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problemOf(response) {
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  const body = await response.json().catch(() => ({}));
  const fallback = { title: `The server answered ${response.status} ${response.statusText}`.trim() };
  return new Problem({ ...fallback, ...body, status: response.status }, retryAfter >= 0 ? retryAfter : undefined);
}

/**
 * Any thrown value as a problem; `fetch` throws a `TypeError` where there is no connection.
 * @param {unknown} error
 * @returns {Problem}
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  return new Problem({
    type: "about:blank#network",
    title: "The server cannot be reached",
    detail: error instanceof Error ? error.message : String(error),
  });
}

/**
 * How long to wait before asking again: what the server asked for, else doubling from 0.4 s. A little is random, so
 * that the viewers that a node turned away do not come back all at once.
 * @param {Problem} problem
 * @param {number} attempt from 0
 * @returns {number} milliseconds
 */
export function pauseBefore(problem, attempt) {
  const asked = problem.retryAfter === undefined ? 400 * 2 ** attempt : problem.retryAfter * 1000;
  return Math.min(asked, 10_000) + Math.random() * 200;
}
