// The keyboard: everything that the toolbar can do, and reading.

/** Pixels that an arrow key scrolls, about three lines of text. */
const LINE = 60;

/** A window less what one wants to see again after turning it. */
const WINDOW = 0.9;

/**
 * @param {import("./document-view.js").DocumentView} view
 * @param {() => number} pageCount
 * @param {() => void} find
 */
export function bindKeys(view, pageCount, find) {
  const turn = (pages) => view.goTo(Math.min(pageCount(), view.currentPage + pages));
  const aside = (direction) => (view.isWide ? view.scrollBy({ across: direction * LINE }) : turn(direction));
  const actions = {
    PageDown: () => turn(1),
    PageUp: () => turn(-1),
    j: () => turn(1),
    k: () => turn(-1),
    ArrowRight: () => aside(1),
    ArrowLeft: () => aside(-1),
    ArrowDown: () => view.scrollBy({ down: LINE }),
    ArrowUp: () => view.scrollBy({ down: -LINE }),
    " ": (event) => view.scrollBy({ windows: event.shiftKey ? -WINDOW : WINDOW }),
    Home: () => view.goTo(1),
    End: () => view.goTo(pageCount()),
    "+": () => view.zoomStep(1),
    "=": () => view.zoomStep(1),
    "-": () => view.zoomStep(-1),
    0: () => view.zoomTo(1),
    w: () => view.zoomTo("fit-width"),
    p: () => view.zoomTo("fit-page"),
    "/": find,
  };
  addEventListener("keydown", (event) => {
    // The browser would find nothing but the pages in the window. From within the box it may have its own way.
    if (isFind(event) && !event.defaultPrevented && !event.target.closest("[role=search]")) {
      event.preventDefault();
      find();
      return;
    }
    // With a modifier it is the browser's: its own zoom stays within reach.
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [role=tree]")) return;
    if (event.key === " " && event.target.closest("button, a")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}

function isFind(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f";
}
