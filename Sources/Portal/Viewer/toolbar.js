// The bar above the pages.

export class Toolbar {
  #table;
  #parts;
  #announce = 0;

  /**
   * @param {HTMLElement} bar
   * @param {import("./document-view.js").DocumentView} view
   * @param {import("./page-table.js").PageTable} table
   */
  constructor(bar, view, table) {
    this.#table = table;
    const part = (name) => bar.querySelector(`[data-part="${name}"]`);
    this.#parts = {
      title: part("title"),
      page: part("page"),
      count: part("count"),
      zoom: part("zoom"),
      previous: part("previous"),
      next: part("next"),
      fitWidth: part("fit-width"),
      fitPage: part("fit-page"),
      status: part("status"),
    };
    const { page, previous, next, fitWidth, fitPage, zoom } = this.#parts;
    previous.addEventListener("click", () => view.goTo(view.currentPage - 1));
    next.addEventListener("click", () => view.goTo(Math.min(table.count, view.currentPage + 1)));
    part("smaller").addEventListener("click", () => view.zoomStep(-1));
    part("larger").addEventListener("click", () => view.zoomStep(1));
    zoom.addEventListener("click", () => view.zoomTo(1));
    fitWidth.addEventListener("click", () => view.zoomTo("fit-width"));
    fitPage.addEventListener("click", () => view.zoomTo("fit-page"));
    this.#bindPageBox(page, view);
  }

  /** @param {string} title */
  setTitle(title) {
    this.#parts.title.textContent = title;
    this.#parts.title.title = title;
    document.title = `${title} · Recto`;
  }

  /** @param {import("./document-view.js").DocumentView} view */
  show(view) {
    const { page, count, zoom, previous, next, fitWidth, fitPage } = this.#parts;
    const number = view.currentPage;
    const label = this.#table.label(number);
    const total = `${this.#table.count}${this.#table.complete ? "" : "…"}`;
    if (document.activeElement !== page) page.value = label;
    page.style.width = `${Math.max(3, label.length + 1)}ch`;
    setText(count, label === String(number) ? `of ${total}` : `(${number} of ${total})`);
    setText(zoom, `${Math.round(view.scale * 100)}%`);
    previous.disabled = number <= 1;
    next.disabled = number >= this.#table.count;
    fitWidth.ariaPressed = String(view.zoom === "fit-width");
    fitPage.ariaPressed = String(view.zoom === "fit-page");
    this.#say(`Page ${label} of ${this.#table.count}`);
  }

  /** Says where the reader is, once that is settled: not every page that flies past. */
  #say(text) {
    clearTimeout(this.#announce);
    this.#announce = setTimeout(() => setText(this.#parts.status, text), 600);
  }

  #bindPageBox(page, view) {
    page.addEventListener("focus", () => page.select());
    page.addEventListener("input", () => page.removeAttribute("aria-invalid"));
    page.addEventListener("blur", () => {
      page.removeAttribute("aria-invalid");
      this.show(view);
    });
    page.addEventListener("keydown", (event) => {
      if (event.key === "Escape") page.blur();
      if (event.key !== "Enter") return;
      const number = this.#table.find(page.value);
      if (number === undefined) {
        page.ariaInvalid = "true";
        page.select();
        return;
      }
      view.goTo(number);
      page.value = this.#table.label(number);
      page.select();
    });
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
