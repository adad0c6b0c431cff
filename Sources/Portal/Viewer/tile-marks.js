// With `?debug`, each tile shows which node drew it and whether it came out of that node's cache.

/** Neighbouring numbers come to lie far apart on the wheel of colours: the golden angle, in degrees. */
const GOLDEN_ANGLE = 137.508;

/**
 * A node's colour, the same in every viewer. The name is hashed and a number at its end steps around the wheel, so that
 * `node-1` to `node-9` are well told apart, which a plain hash does not promise.
 * @param {string} node
 * @returns {number} hue in degrees
 */
export function hueOf(node) {
  const [, name, number] = /^(.*?)(\d*)$/s.exec(node);
  // FNV-1a, 32 bits (Fowler, Noll, Vo).
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return (hash + Number(number || 0) * GOLDEN_ANGLE) % 360;
}

/**
 * A tile with its mark: tinted by node, solid outline for a hit, dashed for a miss.
 * @param {import("./tile-fetch.js").DrawnTile} tile
 * @returns {HTMLElement}
 */
export function markedTile({ image, node, hit, milliseconds }) {
  const marked = document.createElement("div");
  const mark = document.createElement("div");
  mark.className = hit ? "mark hit" : "mark miss";
  mark.style.setProperty("--hue", String(hueOf(node)));
  const label = document.createElement("span");
  label.textContent = `${node || "?"} · ${hit ? "hit" : "miss"} · ${Math.round(milliseconds)} ms`;
  mark.append(label);
  marked.append(image, mark);
  return marked;
}
