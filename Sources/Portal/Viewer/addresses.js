// The URLs of the server. A document's path segment is opaque: names are bytes, not always UTF-8, so the segment is
// passed on as it came and decoded for display only.

/**
 * The document's path segment out of a viewer URL: everything between `/view/` and the next slash, still encoded.
 * @param {string} pathname `location.pathname`
 * @returns {string}
 */
export function documentSegment(pathname) {
  return /^\/view\/([^/]*)/.exec(pathname)?.[1] ?? "";
}

/**
 * The segment without its pinned version. A raw `@` separates the two; an `@` of the name itself is `%40`.
 * @param {string} segment
 * @returns {string}
 */
export function withoutVersion(segment) {
  return segment.split("@", 1)[0];
}

/**
 * What to show for a segment: decoded where it is UTF-8, as it stands where it is not.
 * @param {string} segment
 * @returns {string}
 */
export function displayName(segment) {
  try {
    return decodeURIComponent(withoutVersion(segment));
  } catch {
    return withoutVersion(segment);
  }
}

/** @param {{prefix?: string, cursor?: string, limit?: number}} query */
export function documentsAddress(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  return `/documents?${parameters}`;
}

/** @param {string} path a segment as the server gave it */
export const viewAddress = (path) => `/view/${path}`;

/** @param {string} path a segment as the server gave it */
export const thumbnailAddress = (path) => `/iiif/${path}/1/full/%5E!160,200/0/default.jpg`;

/** @param {string} path a segment as the server gave it */
export const copiesAddress = (path) => `/documents/${path}/copies`;

/**
 * @param {string} segment document, with or without `@version`
 * @param {{width?: number, from?: number}} query
 */
export function structureAddress(segment, { width, from }) {
  return `/documents/${segment}/structure?${from > 1 ? `from=${from}` : `width=${width}`}`;
}

/**
 * The prefix of all tiles of one version of a document. Pinned, so that answers are immutable and never mix versions.
 * @param {{path: string, version: string}} document
 */
export function tilesAddress({ path, version }) {
  return `/iiif/${path}@${encodeURIComponent(version)}`;
}

/**
 * The prefix of everything of one version of a document that is no picture.
 * @param {{path: string, version: string}} document
 */
export function documentAddress({ path, version }) {
  return `/documents/${path}@${encodeURIComponent(version)}`;
}

/**
 * @param {string} source as `documentAddress` gives it
 * @param {number} page
 * @param {"text" | "links"} content
 */
export const contentAddress = (source, page, content) => `${source}/pages/${page}/${content}`;

/**
 * @param {string} source as `documentAddress` gives it
 * @param {string} query
 */
export const searchAddress = (source, query) => `${source}/search?${new URLSearchParams({ q: query })}`;
