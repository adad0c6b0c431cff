// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "cvips.h"

// Parts of a box average, for pictures that arrive row by row: columns are summed, then the sums averaged.
void recto_add_row(uint32_t *sums, const uint8_t *row, size_t count, uint32_t weight);
void recto_average_columns(const uint32_t *sums, int width, int bands, int box, int x, int count_x, uint8_t *out);

/// Reads an input as a stream with a position, patched, through a small buffer.
typedef struct {
    recto_raster_input input;
    int64_t position;
    /// A reader wanted bytes beyond the end.
    int ended;
    int failed;
    int cancelled;
    int64_t buffer_start;
    size_t buffer_count;
    uint8_t buffer[16384];
} recto_stream;

void recto_stream_init(recto_stream *stream, const recto_raster_input *input);
/// Bytes read, 0 at the end, -1 where reading failed or was cancelled.
int64_t recto_stream_read(recto_stream *stream, void *bytes, int64_t count);
/// The new position, or -1.
int64_t recto_stream_seek(recto_stream *stream, int64_t offset, int whence);
int recto_stream_cancelled(recto_stream *stream);

/// TIFF pictures that libvips refuses, as libtiff's RGBA interface shows them.
typedef struct recto_tiff recto_tiff;
recto_tiff *recto_tiff_open(recto_stream *stream, int *width, int *height, char reason[200]);
void recto_tiff_close(recto_tiff *tiff);
/// Gives row after row of the region to `row`. Stops where that returns non-zero.
recto_raster_status recto_tiff_read(
    recto_tiff *tiff, recto_stream *stream, int x, int y, int width, int height,
    void (*row)(void *context, int y, const uint8_t *pixels), void *context, char reason[200]);
