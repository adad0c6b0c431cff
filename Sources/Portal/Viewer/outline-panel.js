// The document's outline as a tree that can be walked with the keyboard (WAI-ARIA tree pattern). Branches are built
// when they are first opened: manuals have thousands of entries.

/** @typedef {{title: string, page?: number, x?: number, y?: number, items?: OutlineItem[]}} OutlineItem */

export class OutlinePanel {
  #panel;
  #toggle;
  #tree;
  #onChoose;
  /** @type {WeakMap<HTMLElement, OutlineItem>} */
  #items = new WeakMap();

  /**
   * @param {HTMLElement} panel
   * @param {HTMLButtonElement} toggle
   * @param {(item: OutlineItem) => void} onChoose an item with a page
   */
  constructor(panel, toggle, onChoose) {
    this.#panel = panel;
    this.#toggle = toggle;
    this.#tree = panel.querySelector("[role=tree]");
    this.#onChoose = onChoose;
    toggle.addEventListener("click", () => this.open(this.#panel.hidden));
    this.#tree.addEventListener("click", (event) => this.#clicked(event));
    this.#tree.addEventListener("keydown", (event) => this.#pressed(event));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.open(false);
      this.#toggle.focus();
    });
  }

  /** @param {OutlineItem[]} items */
  show(items) {
    this.#tree.replaceChildren(...items.map((item) => this.#build(item, 1)));
    const [first] = this.#tree.children;
    if (first) first.tabIndex = 0;
    // A single root is nearly always the title: what is below it is what one came for.
    if (items.length === 1 && first) this.#expand(first, true);
    this.#toggle.hidden = items.length === 0;
    if (items.length === 0) this.open(false);
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.#panel.hidden = !isOpen;
    this.#toggle.ariaExpanded = String(isOpen);
    if (isOpen) this.#tree.querySelector("[tabindex='0']")?.focus();
  }

  /** Marks the last visible entry that begins at or before a page. */
  mark(page) {
    if (this.#panel.hidden) return;
    let current = null;
    for (const node of this.#visible()) {
      const begins = this.#items.get(node).page;
      if (begins !== undefined && begins <= page) current = node;
    }
    const old = this.#tree.querySelector("[aria-current]");
    if (old === current) return;
    old?.removeAttribute("aria-current");
    current?.setAttribute("aria-current", "true");
    if (!this.#tree.contains(document.activeElement)) current?.firstElementChild.scrollIntoView({ block: "nearest" });
  }

  #build(item, depth) {
    const node = document.createElement("li");
    node.setAttribute("role", "treeitem");
    node.ariaLevel = String(depth);
    node.ariaLabel = item.title;
    node.tabIndex = -1;
    const row = document.createElement("div");
    row.className = "row";
    row.style.paddingInlineStart = `${depth * 14 - 6}px`;
    const twist = document.createElement("span");
    twist.className = "twist";
    const title = document.createElement("span");
    title.className = "entry";
    title.textContent = item.title || "Untitled";
    const page = document.createElement("span");
    page.className = "number";
    page.textContent = item.page === undefined ? "" : String(item.page);
    row.append(twist, title, page);
    node.append(row);
    if (item.items?.length > 0) node.ariaExpanded = "false";
    this.#items.set(node, item);
    return node;
  }

  #expand(node, isExpanded) {
    if (node.ariaExpanded === null) return;
    node.ariaExpanded = String(isExpanded);
    let group = node.querySelector(":scope > [role=group]");
    if (!group && isExpanded) {
      group = document.createElement("ul");
      group.setAttribute("role", "group");
      const depth = Number(node.ariaLevel) + 1;
      group.append(...this.#items.get(node).items.map((item) => this.#build(item, depth)));
      node.append(group);
    }
    if (group) group.hidden = !isExpanded;
  }

  #clicked(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node) return;
    this.#focus(node);
    if (event.target.closest(".twist") && node.ariaExpanded !== null) {
      this.#expand(node, node.ariaExpanded !== "true");
    } else {
      this.#choose(node);
    }
  }

  #choose(node) {
    const item = this.#items.get(node);
    if (item.page === undefined) this.#expand(node, node.ariaExpanded !== "true");
    else this.#onChoose(item);
  }

  #pressed(event) {
    const node = event.target.closest("[role=treeitem]");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const nodes = this.#visible();
    const at = nodes.indexOf(node);
    const isOpen = node.ariaExpanded === "true";
    const actions = {
      ArrowDown: () => this.#focus(nodes[at + 1]),
      ArrowUp: () => this.#focus(nodes[at - 1]),
      Home: () => this.#focus(nodes[0]),
      End: () => this.#focus(nodes[nodes.length - 1]),
      ArrowRight: () => (isOpen ? this.#focus(nodes[at + 1]) : this.#expand(node, true)),
      ArrowLeft: () => (isOpen ? this.#expand(node, false) : this.#focus(parentOf(node))),
      Enter: () => this.#choose(node),
      " ": () => this.#choose(node),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #visible() {
    const nodes = [...this.#tree.querySelectorAll("[role=treeitem]")];
    return nodes.filter((node) => !node.parentElement.closest("[hidden]"));
  }

  /** Only one entry is in the tab order: the one that had the focus last. */
  #focus(node) {
    if (!node) return;
    this.#tree.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    node.tabIndex = 0;
    node.focus({ preventScroll: true });
    node.firstElementChild.scrollIntoView({ block: "nearest" });
  }
}

/** The entry that an entry stands under, if any. */
function parentOf(node) {
  return node.parentElement.closest("[role=treeitem]");
}
