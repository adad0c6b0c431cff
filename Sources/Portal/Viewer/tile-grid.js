// Which tiles make up a page at a resolution. Pure arithmetic in *full pixels*: the pixels of the whole page as IIIF
// announces it (vector pages at 4 pixels a point, raster pages at their own size).

/** Edge of a tile in the pixels that travel. */
const TILE_EDGE = 512;

const PIXELS_PER_POINT = 4;

/** How much narrower than asked for a page may be drawn so that tiles are shown pixel for pixel. */
const MOST_SHRUNK = 0.04;

/** By how much a page may be reduced. Denser than powers of two: a tile is never much larger than what is shown. */
const REDUCTIONS = [32, 24, 16, 12, 8, 6, 5, 4, 3, 2, 1];

/** By how much a vector page may be enlarged; the server renders these sharp. */
const ENLARGEMENTS = [2, 3, 4];

/**
 * @typedef {object} Level a resolution at which tiles are asked for
 * @property {string} key
 * @property {number} resolution tile pixels per full pixel
 * @property {number} region full pixels along the edge of a tile
 */

/** @type {Level[]} Coarsest first. */
const RASTER_LEVELS = REDUCTIONS.map((reduction) => ({
  key: `1/${reduction}`,
  resolution: 1 / reduction,
  region: TILE_EDGE * reduction,
}));

/** @type {Level[]} Regions are whole numbers, so a tile of the third enlargement is 510 pixels wide. */
const VECTOR_LEVELS = RASTER_LEVELS.concat(
  ENLARGEMENTS.map((enlargement) => ({
    key: `${enlargement}`,
    resolution: enlargement,
    region: Math.floor(TILE_EDGE / enlargement),
  })),
);

/**
 * The size of a page in full pixels.
 * @param {{width: number, height: number, unit: string}} page
 */
export function fullSize(page) {
  const factor = page.unit === "px" ? 1 : PIXELS_PER_POINT;
  return {
    width: Math.max(1, Math.round(page.width * factor)),
    height: Math.max(1, Math.round(page.height * factor)),
  };
}

/**
 * The coarsest level that still has a pixel for each device pixel; past the finest, the finest.
 * @param {{unit: string}} page
 * @param {number} wanted device pixels per full pixel
 * @returns {Level}
 */
export function levelFor(page, wanted) {
  const levels = page.unit === "px" ? RASTER_LEVELS : VECTOR_LEVELS;
  // Page edges are rounded to device pixels: a level that lacks less than a pixel a tile is not coarser.
  const enough = wanted * (1 - 1 / TILE_EDGE);
  return levels.find((level) => level.resolution >= enough) ?? levels[levels.length - 1];
}

/**
 * The finest level that a width can show pixel for pixel, if shrinking the page a little gets there. A page drawn so is
 * as crisp as the server made it, and just above a level nearly half of what travels would be thrown away.
 * @param {{width: number, height: number, unit: string}} page
 * @param {number} deviceWidth how wide the page would be, in device pixels
 * @returns {number} by how much to shrink it; 1 where no level is near
 */
export function shrinkToLevel(page, deviceWidth) {
  const wanted = deviceWidth / fullSize(page).width;
  const levels = page.unit === "px" ? RASTER_LEVELS : VECTOR_LEVELS;
  const below = levels.findLast((level) => level.resolution <= wanted);
  return below && below.resolution / wanted > 1 - MOST_SHRUNK ? below.resolution / wanted : 1;
}

/** How many tiles make up the whole page. */
export function tileCount(full, level) {
  return Math.ceil(full.width / level.region) * Math.ceil(full.height / level.region);
}

/**
 * The tiles of a level that a box touches, clipped at the page's edges.
 * @param {{width: number, height: number}} full
 * @param {Level} level
 * @param {{left: number, top: number, right: number, bottom: number}} box in full pixels
 * @returns {{key: string, x: number, y: number, width: number, height: number}[]}
 */
export function tilesIn(full, level, box) {
  if (box.right <= box.left || box.bottom <= box.top) return [];
  const { region } = level;
  const first = (edge) => Math.max(0, Math.floor(edge / region));
  const last = (edge, size) => Math.min(Math.ceil(size / region), Math.ceil(edge / region));
  const tiles = [];
  for (let row = first(box.top); row < last(box.bottom, full.height); row++) {
    for (let column = first(box.left); column < last(box.right, full.width); column++) {
      const x = column * region;
      const y = row * region;
      tiles.push({
        key: `${column},${row}`,
        x,
        y,
        width: Math.min(region, full.width - x),
        height: Math.min(region, full.height - y),
      });
    }
  }
  return tiles;
}

/**
 * The part of a tile's address after `/iiif/{document}@{version}/{page}/`. A page that is one tile is asked for as
 * `full`, which is what the portal answers for first pages.
 * @param {{width: number, height: number}} full
 * @param {Level} level
 * @param {{x: number, y: number, width: number, height: number}} tile
 * @param {string} format
 */
export function tileRequest(full, level, tile, format) {
  const whole = tile.width === full.width && tile.height === full.height;
  const region = whole ? "full" : `${tile.x},${tile.y},${tile.width},${tile.height}`;
  const pixels = (edge) =>
    level.resolution < 1 ? Math.ceil(edge / Math.round(1 / level.resolution)) : edge * level.resolution;
  const size = `${level.resolution > 1 ? "^" : ""}${pixels(tile.width)},${pixels(tile.height)}`;
  return `${region}/${size}/0/default.${format}`;
}
