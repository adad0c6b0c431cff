// SPDX-License-Identifier: Apache-2.0
//
// libtiff without libvips: pictures of one bit a pixel, which libvips would widen to bytes, and those that it refuses
// (subsampled YCbCr without JPEG, old-style JPEG, CIELab variants).
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "internal.h"

/// What libtiff may allocate at once: a strip or tile of a sound file is far smaller.
static const tmsize_t most_at_once = (tmsize_t)512 << 20;

/// Strips or tiles in a row that cannot be decoded before the rest is given up.
static const int most_failures = 256;

struct recto_tiff {
    TIFF *file;
    char *reason;
};

static tmsize_t read_stream(thandle_t handle, void *bytes, tmsize_t count) {
    return (tmsize_t)recto_stream_read((recto_stream *)handle, bytes, count);
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t seek_stream(thandle_t handle, toff_t offset, int whence) {
    return (toff_t)recto_stream_seek((recto_stream *)handle, (int64_t)offset, whence);
}

static int close_stream(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t stream_size(thandle_t handle) { return (toff_t)((recto_stream *)handle)->input.size; }

static int keep_error(TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
    (void)file, (void)module;
    char *reason = data;
    if (!reason[0]) vsnprintf(reason, 200, format, arguments);
    return 1;
}

static int drop_warning(TIFF *file, void *data, const char *module, const char *format, va_list arguments) {
    (void)file, (void)data, (void)module, (void)format, (void)arguments;
    return 1;
}

/// - reason: 200 bytes that live as long as the file; gets the first error.
static TIFF *open_stream(recto_stream *stream, char *reason) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, most_at_once);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, reason);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, NULL);
    stream->position = 0;
    TIFF *file = TIFFClientOpenExt(
        "document", "rm", (thandle_t)stream, read_stream, write_nothing, seek_stream, close_stream, stream_size, NULL,
        NULL, options);
    TIFFOpenOptionsFree(options);
    return file;
}

static recto_raster_status outcome(recto_stream *stream, int shown, char reason[200]) {
    if (stream->cancelled) return RECTO_RASTER_CANCELLED;
    if (shown) return RECTO_RASTER_OK;
    if (!reason[0]) strcpy(reason, "the picture cannot be decoded");
    return RECTO_RASTER_DAMAGED;
}

// MARK: Bits

static void copy_bits(
    uint8_t *target, const uint8_t *source, int count, uint8_t invert) {
    const int bytes = count / 8;
    if (invert) {
        for (int i = 0; i < bytes; i++) target[i] = source[i] ^ 0xFF;
    } else {
        memcpy(target, source, (size_t)bytes);
    }
    // What follows the last pixel stays white.
    if (count % 8) target[bytes] = (source[bytes] ^ invert) & (uint8_t)(0xFF << (8 - count % 8));
}

recto_raster_status recto_tiff_read_bits(
    const recto_raster_input *input, int width, int height, uint8_t *bits, size_t stride, char reason[200]) {
    recto_stream *stream = malloc(sizeof *stream);
    if (!stream) return RECTO_RASTER_MEMORY;
    recto_stream_init(stream, input);
    reason[0] = 0;
    int shown = 0;
    uint8_t *buffer = NULL;
    TIFF *file = open_stream(stream, reason);
    if (!file) goto done;

    uint32_t found_width = 0, found_height = 0;
    uint16_t depth = 1, samples = 1, photometric = PHOTOMETRIC_MINISWHITE;
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &found_width);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &found_height);
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &depth);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &photometric);
    if (found_width != (uint32_t)width || found_height != (uint32_t)height || depth != 1 || samples != 1) {
        strcpy(reason, "the directory contradicts itself");
        goto done;
    }
    const uint8_t invert = photometric == PHOTOMETRIC_MINISWHITE ? 0 : 0xFF;
    int failures = 0;

    if (TIFFIsTiled(file)) {
        uint32_t across = 0, down = 0;
        TIFFGetField(file, TIFFTAG_TILEWIDTH, &across);
        TIFFGetField(file, TIFFTAG_TILELENGTH, &down);
        const tmsize_t size = TIFFTileSize(file);
        if (across == 0 || down == 0 || across % 8 != 0 || size <= 0 || size > most_at_once) {
            strcpy(reason, "a tile has no sensible size");
            goto done;
        }
        buffer = malloc((size_t)size);
        if (!buffer) goto memory;
        const tmsize_t row_size = TIFFTileRowSize(file);
        for (uint32_t y = 0; y < (uint32_t)height && failures < most_failures; y += down)
            for (uint32_t x = 0; x < (uint32_t)width && failures < most_failures; x += across) {
                if (recto_stream_cancelled(stream)) goto done;
                if (TIFFReadEncodedTile(file, TIFFComputeTile(file, x, y, 0, 0), buffer, size) < 0) {
                    failures++;
                    continue;
                }
                failures = 0;
                shown = 1;
                const int columns = (uint32_t)width - x < across ? (int)((uint32_t)width - x) : (int)across;
                for (uint32_t row = 0; row < down && y + row < (uint32_t)height; row++)
                    copy_bits(bits + (size_t)(y + row) * stride + x / 8, buffer + (tmsize_t)row * row_size, columns, invert);
            }
    } else {
        const tmsize_t size = TIFFScanlineSize(file);
        uint32_t rows = (uint32_t)height;
        TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &rows);
        if (rows == 0 || rows > (uint32_t)height) rows = (uint32_t)height;
        if (size < (width + 7) / 8 || size > most_at_once) {
            strcpy(reason, "a row has no sensible size");
            goto done;
        }
        buffer = malloc((size_t)size);
        if (!buffer) goto memory;
        // By rows, not strips: a strip may be the whole picture.
        for (uint32_t y = 0; y < (uint32_t)height && failures < most_failures;) {
            if (y % 64 == 0 && recto_stream_cancelled(stream)) goto done;
            if (TIFFReadScanline(file, buffer, y, 0) < 0) {
                failures++;
                const uint32_t strip = y / rows + 1;
                if (strip > (uint32_t)height / rows) break;
                y = strip * rows;
                continue;
            }
            failures = 0;
            shown = 1;
            copy_bits(bits + (size_t)y * stride, buffer, width, invert);
            y++;
        }
    }
done:;
    recto_raster_status status = outcome(stream, shown, reason);
    if (0) {
    memory:
        status = RECTO_RASTER_MEMORY;
    }
    if (file) TIFFClose(file);
    free(buffer);
    free(stream);
    return status;
}

// MARK: What libvips refuses

recto_tiff *recto_tiff_open(recto_stream *stream, int *width, int *height, char reason[200]) {
    recto_tiff *tiff = calloc(1, sizeof *tiff);
    if (!tiff || !(tiff->reason = calloc(1, 200))) {
        free(tiff);
        return NULL;
    }
    tiff->file = open_stream(stream, tiff->reason);
    uint32_t found_width = 0, found_height = 0;
    char why[1024] = "";
    if (tiff->file && TIFFGetField(tiff->file, TIFFTAG_IMAGEWIDTH, &found_width)
        && TIFFGetField(tiff->file, TIFFTAG_IMAGELENGTH, &found_height) && found_width > 0 && found_height > 0
        && found_width <= 1 << 24 && found_height <= 1 << 24 && TIFFRGBAImageOK(tiff->file, why)) {
        // Turning is done later.
        TIFFSetField(tiff->file, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
        *width = (int)found_width;
        *height = (int)found_height;
        return tiff;
    }
    snprintf(reason, 200, "%s", tiff->reason[0] ? tiff->reason : why);
    recto_tiff_close(tiff);
    return NULL;
}

void recto_tiff_close(recto_tiff *tiff) {
    if (tiff->file) TIFFClose(tiff->file);
    free(tiff->reason);
    free(tiff);
}

recto_raster_status recto_tiff_read(
    recto_tiff *tiff, recto_stream *stream, int x, int y, int width, int height,
    void (*row)(void *context, int y, const uint8_t *pixels), void *context, char reason[200]) {
    uint32_t full_width = 0, full_height = 0, across = 0, down = 0;
    TIFFGetField(tiff->file, TIFFTAG_IMAGEWIDTH, &full_width);
    TIFFGetField(tiff->file, TIFFTAG_IMAGELENGTH, &full_height);
    const int tiled = TIFFIsTiled(tiff->file);
    if (tiled) {
        TIFFGetField(tiff->file, TIFFTAG_TILEWIDTH, &across);
        TIFFGetField(tiff->file, TIFFTAG_TILELENGTH, &down);
    } else {
        across = full_width;
        TIFFGetFieldDefaulted(tiff->file, TIFFTAG_ROWSPERSTRIP, &down);
        if (down > full_height) down = full_height;
    }
    if (across == 0 || down == 0 || (uint64_t)across * down > (uint64_t)most_at_once / 4
        || (uint64_t)full_width * down > (uint64_t)most_at_once / 4)
        return RECTO_RASTER_MEMORY;
    uint32_t *raster = malloc((size_t)across * down * 4);
    uint8_t *band = malloc((size_t)width * 3 * down);
    if (!raster || !band) {
        free(raster);
        free(band);
        return RECTO_RASTER_MEMORY;
    }
    int shown = 0, failures = 0;
    for (uint32_t top = (uint32_t)y / down * down; top < (uint32_t)(y + height) && failures < most_failures; top += down) {
        memset(band, 255, (size_t)width * 3 * down);
        const uint32_t rows = full_height - top < down ? full_height - top : down;
        for (uint32_t left = (uint32_t)x / across * across; left < (uint32_t)(x + width); left += across) {
            if (recto_stream_cancelled(stream) || failures >= most_failures) break;
            const int read = tiled ? TIFFReadRGBATileExt(tiff->file, left, top, raster, 0)
                                   : TIFFReadRGBAStripExt(tiff->file, top, raster, 0);
            if (!read) {
                failures++;
                continue;
            }
            failures = 0;
            shown = 1;
            // A strip's last row comes first; a tile always has all its rows.
            const uint32_t raster_rows = tiled ? down : rows;
            const uint32_t from = left > (uint32_t)x ? left : (uint32_t)x;
            const uint32_t to = left + across < (uint32_t)(x + width) ? left + across : (uint32_t)(x + width);
            for (uint32_t r = 0; r < rows; r++) {
                const uint32_t *source = raster + (size_t)(raster_rows - 1 - r) * across + (from - left);
                uint8_t *target = band + ((size_t)r * (size_t)width + (from - (uint32_t)x)) * 3;
                for (uint32_t i = from; i < to; i++, source++, target += 3) {
                    // Colours come multiplied with their alpha.
                    const uint32_t white = 255 - TIFFGetA(*source);
                    target[0] = (uint8_t)(TIFFGetR(*source) + white > 255 ? 255 : TIFFGetR(*source) + white);
                    target[1] = (uint8_t)(TIFFGetG(*source) + white > 255 ? 255 : TIFFGetG(*source) + white);
                    target[2] = (uint8_t)(TIFFGetB(*source) + white > 255 ? 255 : TIFFGetB(*source) + white);
                }
            }
        }
        if (stream->cancelled) break;
        for (uint32_t r = 0; r < rows; r++) {
            const int line = (int)(top + r) - y;
            if (line >= 0 && line < height) row(context, line, band + (size_t)r * (size_t)width * 3);
        }
    }
    free(raster);
    free(band);
    snprintf(reason, 200, "%s", tiff->reason);
    return outcome(stream, shown, reason);
}
