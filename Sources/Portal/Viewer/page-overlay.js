// What lies over the tiles of one page: marks of what was found, its text for selecting and for screen readers, and its
// links. All boxes are left, top, width and height in the page's units.

/** Font of the text, which is not seen; its words are stretched to their boxes. */
const FONT = "sans-serif";
const MEASURED = 100;

/** Words beyond it would make the page slow, and nobody reads that many on one. */
const MOST_WORDS = 20_000;

/** What may be led to outside: anything else could run something. */
const OUTSIDE = new Set(["http:", "https:", "mailto:"]);

const pen = document.createElement("canvas").getContext("2d");

export class PageOverlay {
  element = document.createElement("div");
  #marks = layer("marks");
  #text = layer("text");
  #links = layer("links");
  /** Whatever the owner wants to know of what is shown. */
  shown = {};

  constructor() {
    this.element.className = "over";
    this.#marks.ariaHidden = "true";
    this.element.append(this.#marks, this.#text, this.#links);
  }

  /** @param {{width: number, height: number, words: {text: string, box: number[], end?: string}[]}} page */
  showText(page) {
    pen.font = `${MEASURED}px ${FONT}`;
    const nodes = [];
    for (const word of page.words.slice(0, MOST_WORDS)) {
      nodes.push(wordElement(word, page));
      if (word.end) nodes.push(document.createElement("br"));
    }
    this.#text.replaceChildren(...nodes);
  }

  /**
   * @param {{width: number, height: number, links: object[]}} page
   * @param {(link: {page: number, x?: number, y?: number}) => void} onFollow
   */
  showLinks(page, onFollow) {
    this.#links.replaceChildren(...page.links.flatMap((link) => linkElements(link, page, onFollow)));
  }

  /** @param {{box: number[], isCurrent: boolean}[]} marks */
  showMarks(page, marks) {
    const nodes = marks.map(({ box, isCurrent }) => {
      const node = document.createElement("span");
      node.classList.toggle("current", isCurrent);
      place(node, box, page);
      return node;
    });
    this.#marks.replaceChildren(...nodes);
  }
}

function layer(name) {
  const element = document.createElement("div");
  element.className = name;
  return element;
}

function place({ style }, [x, y, width, height], page) {
  style.left = `${(x / page.width) * 100}%`;
  style.top = `${(y / page.height) * 100}%`;
  style.width = `${(width / page.width) * 100}%`;
  style.height = `${(height / page.height) * 100}%`;
}

/** A word as large as its box. The space behind it is what copying puts there. */
function wordElement({ text, box, end }, page) {
  const node = document.createElement("span");
  node.textContent = end ? text : `${text} `;
  const [x, y, width, height] = box;
  // Set upright or turned; a single character may be as tall as it likes.
  const isTurned = text.length > 2 && height > 2 * width;
  const size = isTurned ? width : height;
  const stretch = (isTurned ? height : width) / ((pen.measureText(text).width / MEASURED) * size);
  const { style } = node;
  style.left = `${(x / page.width) * 100}%`;
  style.top = `${(y / page.height) * 100}%`;
  style.font = `1px/1 ${FONT}`;
  style.fontSize = `${(size / page.height) * 100}cqh`;
  if (isTurned) style.writingMode = "vertical-rl";
  if (Number.isFinite(stretch)) style.transform = isTurned ? `scaleY(${stretch})` : `scaleX(${stretch})`;
  return node;
}

function linkElements(link, page, onFollow) {
  const outside = link.uri === undefined ? null : outsideAddress(link.uri);
  if (link.uri !== undefined && !outside) return [];
  return link.boxes.map((box, index) => {
    const node = document.createElement("a");
    place(node, box, page);
    if (outside) {
      node.href = outside;
      node.target = "_blank";
      node.rel = "noopener noreferrer";
      node.ariaLabel = node.title = link.uri;
    } else {
      node.href = `#page=${link.page}`;
      node.ariaLabel = `Go to page ${link.page}`;
      node.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onFollow(link);
      });
    }
    // One stop of the tab key, though the link may go over two lines.
    if (index > 0) node.tabIndex = -1;
    return node;
  });
}

function outsideAddress(uri) {
  try {
    const { protocol, href } = new URL(uri);
    return OUTSIDE.has(protocol) ? href : null;
  } catch {
    return null;
  }
}
