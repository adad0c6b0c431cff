// SPDX-License-Identifier: Apache-2.0
//
// Raster pictures through libvips, whose interface is variadic and made of cast macros, and through libtiff where
// libvips would widen bits to bytes or refuses. Also the loops over pixels, in C so that debug builds can be used.
//
// Pictures are pulled strip by strip on the calling thread, so that what is decoded of a damaged file depends on the file
// alone. Only OpenJPEG starts threads of its own. No file is opened after recto_raster_prepare.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum {
    RECTO_TIFF,
    RECTO_JPEG,
    RECTO_PNG,
    RECTO_WEBP,
    RECTO_GIF,
    RECTO_JPEG2000,
} recto_raster_kind;

typedef enum {
    RECTO_RASTER_OK,
    RECTO_RASTER_DAMAGED,
    RECTO_RASTER_CANCELLED,
    RECTO_RASTER_MEMORY,
} recto_raster_status;

/// Bytes that a reader sees instead of the document's own.
typedef struct {
    int64_t offset;
    int count;
    uint8_t bytes[8];
} recto_patch;

/// What a picture is read from. `read` fills all of `bytes` and returns 0, or returns something else.
typedef struct {
    void *context;
    int64_t size;
    int (*read)(void *context, int64_t offset, void *bytes, size_t count);
    int (*cancelled)(void *context);
    int patch_count;
    recto_patch patches[2];
} recto_raster_input;

/// A picture whose header has been read.
typedef struct recto_raster recto_raster;

/// Starts libvips with only the loaders named above, one thread and no cache, and decodes a picture of each kind so that
/// libraries and profiles are loaded. Silences glib and libtiff. Returns the number of kinds that can be decoded, or -1.
/// To be called once.
int recto_raster_prepare(void);

/// libvips' version, e.g. "8.14.1".
const char *recto_vips_version(void);

/// Opens a picture, which shows as sRGB or grey of 8 bits, on white.
/// - shrink: 1, or for JPEG 2, 4 or 8.
/// - random: regions may be read in any order; only for tiled TIFF.
/// On failure NULL, the status and at most 199 bytes of reason.
recto_raster *recto_raster_open(
    recto_raster_kind kind, const recto_raster_input *input, int shrink, int random, recto_raster_status *status,
    char reason[200]);
void recto_raster_close(recto_raster *raster);

int recto_raster_width(const recto_raster *raster);
int recto_raster_height(const recto_raster *raster);
/// 1 (grey) or 3 (sRGB).
int recto_raster_bands(const recto_raster *raster);
/// EXIF orientation, 1 to 8.
int recto_raster_orientation(const recto_raster *raster);

/// Where decoded rows go; each may be NULL. All planes are to be filled with white by the caller.
typedef struct {
    /// The pixels themselves.
    uint8_t *full;
    size_t full_stride;
    /// Averages of `box` x `box` pixels, edges continued as libvips does.
    int box;
    uint8_t *reduced;
    size_t reduced_stride;
    /// One bit a pixel, 1 = black, where the picture is grey.
    uint8_t *bits;
    size_t bits_stride;
} recto_raster_sink;

/// Decodes a region in one pass. A damaged picture gives its upper part, the rest stays as it was; only one of which
/// nothing can be shown is RECTO_RASTER_DAMAGED.
recto_raster_status recto_raster_read(
    recto_raster *raster, int x, int y, int width, int height, const recto_raster_sink *sink, char reason[200]);

/// Decodes a TIFF of one bit a pixel into bits, 1 = black. `bits` is zero before.
recto_raster_status recto_tiff_read_bits(
    const recto_raster_input *input, int width, int height, uint8_t *bits, size_t stride, char reason[200]);

/// Averages boxes of a picture of bytes: `count_x` x `count_y` boxes from box (`x`, `y`) on. Rounded to nearest.
/// Returns 0, or -1 without memory.
int recto_box_bytes(
    const uint8_t *pixels, size_t stride, int width, int height, int bands, int box, int x, int y, int count_x,
    int count_y, uint8_t *out, size_t out_stride);

/// Counts the black pixels of each 8 x 8 box that lies within the picture: 0 to 64.
void recto_count_bits(const uint8_t *bits, size_t stride, int width, int height, uint8_t *counts, size_t counts_stride);

/// Averages boxes of a picture of bits as `recto_box_bytes` would if 1 were 0 and 0 were 255. `counts` (or NULL) is what
/// `recto_count_bits` made, used where `box` is a multiple of 8; the result is the same.
/// Eight bytes behind the last row must be readable.
int recto_box_bits(
    const uint8_t *bits, size_t stride, int width, int height, const uint8_t *counts, size_t counts_stride, int box,
    int x, int y, int count_x, int count_y, uint8_t *out, size_t out_stride);

/// One axis of a resampling: output pixel i shows the source at (i + 0.5 + origin) * shrink - 0.5, in pixels of a picture
/// of `length`, of which only `count` from `start` on are given.
typedef struct {
    double shrink;
    double origin;
    int length;
    int start;
    int count;
    int out;
} recto_axis;

/// The source pixels that an axis needs, within 0 ..< length.
void recto_axis_span(const recto_axis *axis, int *start, int *end);

/// Lanczos (3 lobes) where it shrinks, bicubic where it enlarges, as vips_resize does. Returns 0, or -1 without memory.
int recto_resample(
    const uint8_t *pixels, size_t stride, int bands, const recto_axis *horizontal, const recto_axis *vertical,
    uint8_t *out, size_t out_stride);

/// Writes pixels of 1 or 3 bytes on a canvas of 0xFFRRGGBB, turned as the EXIF orientation says. `width` and `height`
/// are the canvas's.
void recto_paint(
    const uint8_t *pixels, size_t stride, int bands, int orientation, uint32_t *canvas, size_t canvas_stride, int width,
    int height);
