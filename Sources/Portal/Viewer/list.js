// The documents list: a page at a time, by the beginning of the name.

import { documentsAddress, thumbnailAddress, viewAddress } from "./addresses.js";
import { problemNotice } from "./notices.js";
import { asProblem, problemOf } from "./problems.js";

const LIMIT = 60;

/** How long typing must rest before the list follows. */
const REST = 180;

const list = document.getElementById("documents");
const more = document.getElementById("more");
const search = document.getElementById("search");
const status = document.getElementById("status");
const problems = document.getElementById("problems");

// The button does by itself what a click would when it comes near; it stays for those who do not scroll.
const nearness = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && load(false), {
  rootMargin: "600px",
});

let cursor;
let loading = null;
let timer = 0;

/** Loads the next page of the list, or with `fresh` the first. What is asked later wins. */
async function load(fresh) {
  if (loading && !fresh) return;
  loading?.abort();
  const own = new AbortController();
  loading = own;
  document.documentElement.dataset.state = "loading";
  problems.replaceChildren();
  try {
    const address = documentsAddress({ prefix: search.value, cursor: fresh ? undefined : cursor, limit: LIMIT });
    const response = await fetch(address, { signal: own.signal });
    if (!response.ok) throw await problemOf(response);
    const answer = await response.json();
    if (fresh) list.replaceChildren();
    list.append(...answer.documents.map(entry));
    cursor = answer.cursor;
    more.hidden = cursor === undefined;
    // An observer tells of changes only, and a short page leaves the button where it was.
    nearness.unobserve(more);
    nearness.observe(more);
    const count = list.childElementCount;
    const found = `${count}${cursor ? "+" : ""} document${count === 1 ? "" : "s"}`;
    status.textContent = count === 0 ? "No documents" : found;
    document.documentElement.dataset.state = "ready";
  } catch (error) {
    if (own.signal.aborted) return;
    more.hidden = true;
    problems.replaceChildren(problemNotice(asProblem(error), { onRetry: () => load(fresh), onPassword() {} }));
    document.documentElement.dataset.state = "error";
  } finally {
    if (loading === own) loading = null;
  }
}

function entry({ id, path, size, modified }) {
  const item = made("li", "document");
  const link = made("a", "card");
  link.href = viewAddress(path);
  const slash = id.lastIndexOf("/") + 1;
  const facts = made("span", "facts", [bytes(size), day(modified)].filter(Boolean).join(" · "));
  const folder = made("span", "folder", id.slice(0, slash));
  link.append(thumbnail(id, path), folder, made("span", "name", id.slice(slash)), facts);
  link.title = id;
  item.append(link);
  return item;
}

/** A picture of the first page; where there is none, the name's ending on a blank sheet. */
function thumbnail(id, path) {
  const frame = made("span", "thumbnail");
  frame.dataset.kind = (/\.([^./]{1,5})$/.exec(id)?.[1] ?? "…").toLowerCase();
  const image = made("img", "");
  image.alt = "";
  image.loading = "lazy";
  image.decoding = "async";
  image.addEventListener("load", () => frame.classList.add("drawn"));
  image.addEventListener("error", () => image.remove());
  image.src = thumbnailAddress(path);
  frame.append(image);
  return frame;
}

function bytes(size) {
  if (!Number.isFinite(size)) return "";
  const unit = size < 1e6 ? [1e3, "kilobyte"] : size < 1e9 ? [1e6, "megabyte"] : [1e9, "gigabyte"];
  const format = { style: "unit", unit: unit[1], maximumSignificantDigits: 2 };
  return new Intl.NumberFormat("en", format).format(Math.max(1, size / unit[0]));
}

function day(modified) {
  const date = new Date(modified);
  return Number.isNaN(date.valueOf()) ? "" : date.toLocaleDateString("en", { dateStyle: "medium" });
}

function made(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function searched() {
  const address = search.value === "" ? location.pathname : `?prefix=${encodeURIComponent(search.value)}`;
  history.replaceState(null, "", address);
  load(true);
}

search.value = new URLSearchParams(location.search).get("prefix") ?? "";
search.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(searched, REST);
});
more.addEventListener("click", () => load(false));
// The button does by itself what a click would when it comes near; it stays for those who do not scroll.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === search) return;
  event.preventDefault();
  search.focus();
});
load(true);
