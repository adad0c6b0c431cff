// Loads tiles, a few at a time, best first. It is told over and over what is wanted *now*: what is no longer wanted is
// aborted, so that the cluster does not render pages that were scrolled past.

import { pauseBefore } from "./problems.js";

/**
 * @typedef {object} TileRequest
 * @property {string} address also its identity
 * @property {(tile: import("./tile-fetch.js").DrawnTile) => void} deliver
 * @property {(problem: import("./problems.js").Problem) => void} fail
 */

/** As many as a browser opens to one HTTP/1.1 host; more would queue inside the browser, out of our order. */
const AT_ONCE = 6;

/** Tries for one tile before its problem is shown: with doubling pauses, some 6 s. */
const ATTEMPTS = 5;

export class TileQueue {
  #load;
  /** @type {TileRequest[]} */
  #wanted = [];
  /** @type {Map<string, {controller: AbortController, request: TileRequest}>} */
  #running = new Map();
  /** @type {Map<string, number>} failed tries of what is wanted */
  #failures = new Map();
  /** @type {Map<string, number>} timers of those that wait before the next try */
  #resting = new Map();
  #held = false;

  /** @param {(address: string, signal: AbortSignal) => Promise<import("./tile-fetch.js").DrawnTile>} load */
  constructor(load) {
    this.#load = load;
  }

  /**
   * Replaces what is wanted.
   * @param {TileRequest[]} requests best first
   * @param {boolean} hold abort, but start nothing: the view is moving too fast for tiles to be of use
   */
  want(requests, hold = false) {
    this.#wanted = requests;
    this.#held = hold;
    const byAddress = new Map(requests.map((request) => [request.address, request]));
    for (const [address, running] of this.#running) {
      const request = byAddress.get(address);
      if (request) {
        running.request = request;
      } else {
        this.#running.delete(address);
        running.controller.abort();
      }
    }
    for (const address of this.#failures.keys()) {
      if (!byAddress.has(address)) this.#forget(address);
    }
    this.#startNext();
  }

  #startNext() {
    if (this.#held) return;
    for (const request of this.#wanted) {
      if (this.#running.size >= AT_ONCE) return;
      if (!this.#running.has(request.address) && !this.#resting.has(request.address)) this.#start(request);
    }
  }

  async #start(request) {
    const { address } = request;
    const running = { controller: new AbortController(), request };
    this.#running.set(address, running);
    let outcome;
    try {
      const tile = await this.#load(address, running.controller.signal);
      outcome = () => running.request.deliver(tile);
    } catch (problem) {
      outcome = () => this.#failed(running.request, problem);
    }
    // Aborted meanwhile, and perhaps even wanted and begun again.
    if (this.#running.get(address) !== running) return;
    this.#running.delete(address);
    this.#wanted = this.#wanted.filter((other) => other.address !== address);
    outcome();
    this.#startNext();
  }

  #failed(request, problem) {
    const { address } = request;
    const failures = this.#failures.get(address) ?? 0;
    if (!problem.isPassing || failures + 1 >= ATTEMPTS) {
      this.#forget(address);
      request.fail(problem);
      return;
    }
    this.#failures.set(address, failures + 1);
    this.#wanted.push(request);
    const again = () => {
      this.#resting.delete(address);
      this.#startNext();
    };
    this.#resting.set(address, setTimeout(again, pauseBefore(problem, failures)));
  }

  #forget(address) {
    clearTimeout(this.#resting.get(address));
    this.#resting.delete(address);
    this.#failures.delete(address);
  }
}
