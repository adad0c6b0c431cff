// The viewer page: composes its parts and tells the page's state to whoever looks at `<html data-state>`.

import { displayName, documentAddress, documentSegment } from "./addresses.js";
import { DocumentSession } from "./document-session.js";
import { DocumentView } from "./document-view.js";
import { bindGestures } from "./gestures.js";
import { bindKeys } from "./keys.js";
import { problemNotice } from "./notices.js";
import { OutlinePanel } from "./outline-panel.js";
import { PageContents } from "./page-contents.js";
import { PageTable } from "./page-table.js";
import { PlaceInAddress, parsePlace } from "./place-in-address.js";
import { SearchPanel } from "./search-panel.js";
import { fetchTile } from "./tile-fetch.js";
import { TileQueue } from "./tile-queue.js";
import { Toolbar } from "./toolbar.js";

const byId = (id) => document.getElementById(id);
const isDebug = new URLSearchParams(location.search).has("debug");
const segment = documentSegment(location.pathname);
const scroller = byId("scroller");
const overlay = byId("overlay");
const table = new PageTable();
let failure = null;

/** Steps of the preview's width: few sizes, so that the next reader's is already drawn. */
const PREVIEW_STEP = 200;
const WIDEST_PREVIEW = 1600;

function previewWidth() {
  // Who comes to another page does not look at the first one.
  if ((parsePlace(location.hash).page ?? 1) > 1) return PREVIEW_STEP;
  const wanted = scroller.clientWidth * devicePixelRatio;
  return Math.min(WIDEST_PREVIEW, Math.ceil(wanted / PREVIEW_STEP) * PREVIEW_STEP);
}

const session = new DocumentSession(segment, {
  table,
  width: previewWidth(),
  events: {
    onDocument(document, source) {
      overlay.replaceChildren();
      failure = null;
      view.useSource(source);
      contents.useSource(documentAddress(document), document.format);
      search.useSource(documentAddress(document));
      toolbar.setTitle(document.title || document.id || displayName(segment));
      debug?.panel.follow(document.path);
    },
    onPages: () => view.relayout(),
    onPreview: (preview) => view.showPreview(preview),
    onOutline: (items) => outline.show(items),
    onFailure(problem) {
      failure = problem;
      overlay.replaceChildren(noticeFor(problem, () => session.open()));
      overlay.classList.toggle("over-pages", !table.isEmpty);
      showState();
    },
  },
});

// Nobody but developers pays for it.
const debug = isDebug ? await loadDebug() : null;

async function loadDebug() {
  const [{ DebugPanel }, { markedTile }] = await Promise.all([import("./debug-panel.js"), import("./tile-marks.js")]);
  const panel = new DebugPanel(byId("debug"), session.headers);
  const dress = (tile) => {
    panel.count(tile);
    return markedTile(tile);
  };
  return { panel, dress };
}

const queue = new TileQueue((address, signal) =>
  // What the browser has kept would tell of the past: the panel shows the cluster as it is.
  fetchTile(address, { signal, headers: session.headers(), bypassCache: isDebug }),
);

const view = new DocumentView({
  scroller,
  spacer: byId("spacer"),
  table,
  queue,
  dress: debug?.dress ?? ((tile) => tile.image),
  onProblem(page, problem) {
    if (problem.isGone && session.renew()) {
      view.useSource("");
      return;
    }
    page.fail(problem, noticeFor(problem, () => view.clearProblems()));
    view.update();
  },
  onChange() {
    toolbar.show(view);
    outline.mark(view.currentPage);
    address.write(view.currentPage, view.zoom);
    contents.show(view.seenPages);
    search.mark(view.seenPages);
    showState();
  },
});

const contents = new PageContents({ headers: session.headers, onFollow: (link) => view.goToPoint(link.page, link) });
const search = new SearchPanel(byId("search"), byId("search-toggle"), { view, headers: session.headers });

const toolbar = new Toolbar(byId("toolbar"), view, table);
const outline = new OutlinePanel(byId("outline"), byId("outline-toggle"), (item) => {
  view.goToPoint(item.page, item);
  if (matchMedia("(max-width: 700px)").matches) outline.open(false);
});
const address = new PlaceInAddress(({ page, zoom }) => view.goTo(page ?? view.currentPage, zoom));

function noticeFor(problem, onRetry) {
  return problemNotice(problem, { onRetry, onPassword: (password) => session.unlock(password) });
}

function showState() {
  const { dataset } = document.documentElement;
  const state = stateOf(view.seenPages);
  if (dataset.state !== state) dataset.state = state;
}

/** `preview` only while it is all there is: after that, missing tiles are `loading`. */
function stateOf(pages) {
  if (failure || pages.some((page) => page.problem)) return "error";
  if (pages.length > 0 && pages.every((page) => page.isSharp)) return "ready";
  return pages.some((page) => page.hasPreview && !page.hasTiles) ? "preview" : "loading";
}

toolbar.setTitle(displayName(segment));
bindGestures(scroller, view);
bindKeys(view, () => table.count, () => search.open());
const { page, zoom } = parsePlace(location.hash);
view.goTo(page ?? 1, zoom ?? "fit-width");
session.open();
