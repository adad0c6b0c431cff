// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <vips/vips.h>
#include <vips/vector.h>

#include "internal.h"


// MARK: Streams

static gint64 read_source(VipsSourceCustom *source, void *bytes, gint64 count, void *stream) {
    (void)source;
    return recto_stream_read(stream, bytes, count);
}

static gint64 seek_source(VipsSourceCustom *source, gint64 offset, int whence, void *stream) {
    (void)source;
    return recto_stream_seek(stream, offset, whence);
}

static VipsSource *source_of(recto_stream *stream) {
    VipsSourceCustom *source = vips_source_custom_new();
    g_signal_connect(source, "read", G_CALLBACK(read_source), stream);
    g_signal_connect(source, "seek", G_CALLBACK(seek_source), stream);
    return VIPS_SOURCE(source);
}

// MARK: Loading

static int load(
    recto_raster_kind kind, VipsSource *source, int shrink, int random, VipsFailOn fail_on, VipsImage **out) {
    const VipsAccess access = random ? VIPS_ACCESS_RANDOM : VIPS_ACCESS_SEQUENTIAL;
#define OPTIONS "access", access, "fail_on", fail_on
    switch (kind) {
        case RECTO_TIFF: return vips_tiffload_source(source, out, OPTIONS, NULL);
        case RECTO_JPEG: return vips_jpegload_source(source, out, OPTIONS, "shrink", shrink, NULL);
        case RECTO_PNG: return vips_pngload_source(source, out, OPTIONS, NULL);
        case RECTO_WEBP: return vips_webpload_source(source, out, OPTIONS, NULL);
        case RECTO_GIF: return vips_gifload_source(source, out, OPTIONS, NULL);
        case RECTO_JPEG2000: return vips_jp2kload_source(source, out, OPTIONS, NULL);
    }
#undef OPTIONS
    return -1;
}

/// Puts `next` in the place of `image`.
static void follow(VipsImage **image, VipsImage *next) {
    g_object_unref(*image);
    *image = next;
}

static int is_grey(VipsImage *image) {
    const VipsInterpretation kind = vips_image_guess_interpretation(image);
    return image->Bands < 3 || kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_GREY16;
}

/// What a sample is multiplied by so that its range becomes that of 16 bits: libvips takes deep and real samples for
/// bytes and cuts them off. Reals are 0 to 1, as cameras and editors write them; what is negative becomes black. 0 where
/// libvips knows better.
static double deep_scale(VipsImage *image, VipsInterpretation kind) {
    // Linear light, which it converts.
    if (kind == VIPS_INTERPRETATION_scRGB && image->Bands >= 3) return 0;
    if (kind == VIPS_INTERPRETATION_LAB || kind == VIPS_INTERPRETATION_XYZ || kind == VIPS_INTERPRETATION_LABS) return 0;
    switch (image->BandFmt) {
        case VIPS_FORMAT_SHORT: return 65535.0 / INT16_MAX;
        case VIPS_FORMAT_UINT: return 65535.0 / UINT32_MAX;
        case VIPS_FORMAT_INT: return 65535.0 / INT32_MAX;
        case VIPS_FORMAT_FLOAT:
        case VIPS_FORMAT_DOUBLE: return 65535;
        default: return 0;
    }
}

/// Makes samples of more than 16 bits, and signed ones of 16, unsigned ones of 16. 0, or -1.
static int flatten_depth(VipsImage **image) {
    const VipsInterpretation kind = vips_image_guess_interpretation(*image);
    const double scale = deep_scale(*image, kind);
    if (scale == 0) return 0;
    VipsImage *next = NULL;
    if (vips_linear1(*image, &next, scale, 0.5, NULL)) return -1;
    follow(image, next);
    if (vips_cast_ushort(*image, &next, NULL)) return -1;
    follow(image, next);
    const VipsInterpretation deep = kind == VIPS_INTERPRETATION_CMYK ? VIPS_INTERPRETATION_CMYK
                                    : (*image)->Bands >= 3           ? VIPS_INTERPRETATION_RGB16
                                                                     : VIPS_INTERPRETATION_GREY16;
    if (vips_copy(*image, &next, "interpretation", deep, NULL)) return -1;
    follow(image, next);
    return 0;
}

/// Builds what turns a picture into opaque grey or sRGB of 8 bits. 0, or -1 with `image` still to be released.
static int display(VipsImage **image) {
    VipsImage *next = NULL;
    const VipsInterpretation kind = vips_image_guess_interpretation(*image);
    const int cmyk = kind == VIPS_INTERPRETATION_CMYK;
    if (vips_image_hasalpha(*image)) {
        const int deep = (*image)->BandFmt == VIPS_FORMAT_USHORT;
        const double paper = cmyk ? 0 : deep ? 65535 : 255;
        VipsArrayDouble *background = vips_array_double_newv(1, paper);
        const int failed = vips_flatten(
            *image, &next, "background", background, "max_alpha", deep ? 65535.0 : 255.0, NULL);
        vips_area_unref(VIPS_AREA(background));
        if (failed) return -1;
        follow(image, next);
    }
    const int grey = is_grey(*image);
    int done = 0;
    if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME) || cmyk) {
        // The profile given is for pictures whose own is damaged; grey ones do without.
        const int failed = grey ? vips_icc_transform(*image, &next, "srgb", "embedded", TRUE, NULL)
                                : vips_icc_transform(
                                      *image, &next, "srgb", "embedded", TRUE, "input_profile", cmyk ? "cmyk" : "srgb",
                                      NULL);
        if (!failed) {
            follow(image, next);
            done = 1;
        } else {
            vips_error_clear();
        }
    }
    if (!done) {
        const VipsInterpretation target = grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
        if ((*image)->Type != kind) {
            if (vips_copy(*image, &next, "interpretation", kind, NULL)) return -1;
            follow(image, next);
        }
        if (kind != target) {
            if (vips_colourspace_issupported(*image) && !vips_colourspace(*image, &next, target, NULL))
                follow(image, next);
            else
                vips_error_clear();
        }
    }
    const int wanted = grey ? 1 : 3;
    if ((*image)->Bands < wanted) return -1;
    if ((*image)->Bands > wanted) {
        if (vips_extract_band(*image, &next, 0, "n", wanted, NULL)) return -1;
        follow(image, next);
    }
    if ((*image)->BandFmt != VIPS_FORMAT_UCHAR) {
        if (vips_cast_uchar(*image, &next, NULL)) return -1;
        follow(image, next);
    }
    return 0;
}

struct recto_raster {
    recto_stream stream;
    VipsSource *source;
    VipsImage *image;
    recto_tiff *tiff;
    int width;
    int height;
    int bands;
    int orientation;
    recto_raster_kind kind;
};

static void first_line(char reason[200]) {
    const char *text = vips_error_buffer();
    text += strspn(text, " \n");
    if (!*text) text = "the picture cannot be decoded";
    const size_t length = strcspn(text, "\n");
    snprintf(reason, 200, "%.*s", (int)(length < 199 ? length : 199), text);
    vips_error_clear();
}

recto_raster *recto_raster_open(
    recto_raster_kind kind, const recto_raster_input *input, int shrink, int random, recto_raster_status *status,
    char reason[200]) {
    recto_raster *raster = calloc(1, sizeof *raster);
    reason[0] = 0;
    *status = RECTO_RASTER_MEMORY;
    if (!raster) return NULL;
    recto_stream_init(&raster->stream, input);
    raster->orientation = 1;
    raster->kind = kind;
    vips_error_clear();
    raster->source = source_of(&raster->stream);
    // A row that is missing in a PNG would be black: there libvips is to tell.
    const VipsFailOn fail_on = kind == RECTO_PNG ? VIPS_FAIL_ON_TRUNCATED : VIPS_FAIL_ON_NONE;
    if (!load(kind, raster->source, shrink, random, fail_on, &raster->image)) {
        if (vips_image_get_typeof(raster->image, VIPS_META_ORIENTATION))
            raster->orientation = vips_image_get_orientation(raster->image);
        if ((kind != RECTO_TIFF || !flatten_depth(&raster->image)) && !display(&raster->image)) {
            raster->width = raster->image->Xsize;
            raster->height = raster->image->Ysize;
            raster->bands = raster->image->Bands;
            *status = RECTO_RASTER_OK;
            return raster;
        }
    }
    first_line(reason);
    *status = RECTO_RASTER_DAMAGED;
    if (kind == RECTO_TIFF && !raster->stream.failed) {
        char why[200] = "";
        raster->tiff = recto_tiff_open(&raster->stream, &raster->width, &raster->height, why);
        if (raster->tiff) {
            raster->bands = 3;
            *status = RECTO_RASTER_OK;
            return raster;
        }
    }
    if (raster->stream.cancelled) *status = RECTO_RASTER_CANCELLED;
    recto_raster_close(raster);
    return NULL;
}

void recto_raster_close(recto_raster *raster) {
    if (!raster) return;
    if (raster->image) g_object_unref(raster->image);
    if (raster->source) g_object_unref(raster->source);
    if (raster->tiff) recto_tiff_close(raster->tiff);
    vips_error_clear();
    free(raster);
}

int recto_raster_width(const recto_raster *raster) { return raster->width; }
int recto_raster_height(const recto_raster *raster) { return raster->height; }
int recto_raster_bands(const recto_raster *raster) { return raster->bands; }
int recto_raster_orientation(const recto_raster *raster) {
    return raster->orientation >= 1 && raster->orientation <= 8 ? raster->orientation : 1;
}

// MARK: Rows

typedef struct {
    const recto_raster_sink *sink;
    int width;
    int height;
    int bands;
    uint32_t *sums;
    int summed;
    int boxes;
    /// The last row, which stands for those that a box lacks below.
    uint8_t *last;
} rows;

static void finish_box(rows *state) {
    recto_average_columns(
        state->sums, state->width, state->bands, state->sink->box, 0,
        (int)(((int64_t)state->width + state->sink->box - 1) / state->sink->box),
        state->sink->reduced + (size_t)state->boxes * state->sink->reduced_stride);
    state->boxes++;
    state->summed = 0;
    memset(state->sums, 0, (size_t)state->width * (size_t)state->bands * sizeof *state->sums);
}

static void take_row(void *context, int y, const uint8_t *pixels) {
    rows *state = context;
    const recto_raster_sink *sink = state->sink;
    const size_t count = (size_t)state->width * (size_t)state->bands;
    if (sink->full) memcpy(sink->full + (size_t)y * sink->full_stride, pixels, count);
    if (sink->bits && state->bands == 1) {
        uint8_t *target = sink->bits + (size_t)y * sink->bits_stride;
        for (int x = 0; x < state->width; x++)
            if (pixels[x] < 128) target[x >> 3] |= (uint8_t)(0x80 >> (x & 7));
    }
    if (sink->reduced) {
        const int last = y == state->height - 1;
        recto_add_row(state->sums, pixels, count, last ? (uint32_t)(sink->box - state->summed) : 1);
        state->summed++;
        if (last || state->summed == sink->box) finish_box(state);
    }
}

/// Rows that never came are paper.
static void finish_rows(rows *state) {
    if (!state->sink->reduced || state->summed == 0) return;
    const size_t count = (size_t)state->width * (size_t)state->bands;
    memset(state->last, 255, count);
    recto_add_row(state->sums, state->last, count, (uint32_t)(state->sink->box - state->summed));
    finish_box(state);
}

/// How many pixels are decoded beyond the end of a file. Progressive pictures are whole by then; for others there is
/// nothing to come, and a header of a few bytes may promise gigapixels.
static const int64_t most_beyond_end = 64 << 20;

typedef struct {
    rows *state;
    int first;
    uint8_t *grey;
} remainder_rows;

static void take_remaining_row(void *context, int y, const uint8_t *pixels) {
    const remainder_rows *rest = context;
    if (rest->grey) {
        // Rec. 601 luma in 16-bit fixed point.
        for (int x = 0; x < rest->state->width; x++, pixels += 3)
            rest->grey[x] = (uint8_t)((19595u * pixels[0] + 38470u * pixels[1] + 7471u * pixels[2] + 32768u) >> 16);
        pixels = rest->grey;
    }
    take_row(rest->state, rest->first + y, pixels);
}

/// The strips of a TIFF behind one that libvips stopped at: libtiff goes on with what can be decoded.
static recto_raster_status pull_remainder(
    recto_raster *raster, int x, int y, int width, int height, int done, rows *state, char reason[200]) {
    int full_width = 0, full_height = 0;
    char why[200] = "";
    recto_tiff *tiff = recto_tiff_open(&raster->stream, &full_width, &full_height, why);
    if (!tiff) return RECTO_RASTER_DAMAGED;
    remainder_rows rest = {.state = state, .first = done, .grey = raster->bands == 1 ? malloc((size_t)width) : NULL};
    recto_raster_status status = RECTO_RASTER_MEMORY;
    if (raster->bands != 1 || rest.grey)
        status = recto_tiff_read(
            tiff, &raster->stream, x, y + done, width, height - done, take_remaining_row, &rest, reason);
    free(rest.grey);
    recto_tiff_close(tiff);
    return status;
}

// MARK: Damaged PNG

/// The file once more, from its start.
static int reopen(recto_raster *raster, VipsFailOn fail_on) {
    const recto_raster_input input = raster->stream.input;
    g_object_unref(raster->image);
    raster->image = NULL;
    g_object_unref(raster->source);
    recto_stream_init(&raster->stream, &input);
    raster->source = source_of(&raster->stream);
    vips_error_clear();
    if (load(raster->kind, raster->source, 1, 0, fail_on, &raster->image) || display(&raster->image)) return -1;
    return raster->image->Xsize == raster->width && raster->image->Ysize == raster->height
                   && raster->image->Bands == raster->bands
               ? 0
               : -1;
}

static const int most_chunks = 1 << 20;

static int read_at(recto_raster *raster, int64_t place, uint8_t *bytes, int64_t count) {
    const int64_t before = raster->stream.position;
    const int done = recto_stream_seek(&raster->stream, place, SEEK_SET) == place
                     && recto_stream_read(&raster->stream, bytes, count) == count;
    raster->stream.position = before;
    return done ? 0 : -1;
}

/// libpng takes 8 KiB of a chunk at a time, and drops all of them where the file ends within. Where it does, lets the
/// last chunk end with the file. 1 where that was so.
static int end_chunk(recto_raster *raster) {
    recto_raster_input *input = &raster->stream.input;
    uint8_t head[8];
    if (input->patch_count || input->size < 64 || read_at(raster, input->size - 8, head, 8)) return 0;
    // Sound files are not walked through.
    if (!memcmp(head, "IEND", 4)) return 0;
    int64_t place = 8;
    for (int i = 0; i < most_chunks && place + 12 < input->size; i++) {
        if (read_at(raster, place, head, 8)) return 0;
        const int64_t length = (int64_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
        const int64_t rest = input->size - place - 8;
        if (length > rest) {
            if (memcmp(head + 4, "IDAT", 4)) return 0;
            const recto_patch patch = {
                place, 4, {(uint8_t)(rest >> 24), (uint8_t)(rest >> 16), (uint8_t)(rest >> 8), (uint8_t)rest}};
            input->patches[input->patch_count++] = patch;
            return 1;
        }
        place += length + 12;
    }
    return 0;
}

/// A strip somewhere in which a row is missing: the rows before it. Missing rows are all alike, the last of the strip is
/// one. Nothing of an interlaced picture, which libvips decodes in one piece or not at all. The rows taken.
static int pull_damaged(recto_raster *raster, int height, int first, int step, rows *state) {
    if (reopen(raster, VIPS_FAIL_ON_NONE)) return 0;
    VipsRegion *region = vips_region_new(raster->image);
    if (!region) return 0;
    int taken = 0;
    for (int top = 0; top < height && top <= first; top += step) {
        const VipsRect rect = {0, top, raster->width, height - top < step ? height - top : step};
        if (recto_stream_cancelled(&raster->stream) || vips_region_prepare(region, &rect)) break;
        if (top < first) continue;
        int count = rect.height;
        const uint8_t *last = VIPS_REGION_ADDR(region, 0, top + count - 1);
        const size_t length = (size_t)raster->width * (size_t)raster->bands;
        while (count > 0 && !memcmp(VIPS_REGION_ADDR(region, 0, top + count - 1), last, length)) count--;
        for (int row = 0; row < count; row++) take_row(state, top + row, VIPS_REGION_ADDR(region, 0, top + row));
        taken += count;
    }
    g_object_unref(region);
    return taken;
}

static recto_raster_status pull(
    recto_raster *raster, int x, int y, int width, int height, rows *state, char reason[200]) {
    if (raster->kind == RECTO_PNG && end_chunk(raster) && reopen(raster, VIPS_FAIL_ON_TRUNCATED)) {
        if (raster->stream.cancelled) return RECTO_RASTER_CANCELLED;
        first_line(reason);
        return RECTO_RASTER_DAMAGED;
    }
    VipsRegion *region = vips_region_new(raster->image);
    if (!region) return RECTO_RASTER_MEMORY;
    int step = (8 << 20) / (width * 4 > 0 ? width * 4 : 1);
    step = step < 8 ? 8 : step > 64 ? 64 : step;
    int64_t beyond = 0;
    int done = 0, stopped = 0;
    while (done < height) {
        VipsRect rect = {x, y + done, width, height - done < step ? height - done : step};
        if (recto_stream_cancelled(&raster->stream)) break;
        if (vips_region_prepare(region, &rect)) {
            stopped = 1;
            break;
        }
        for (int row = 0; row < rect.height; row++)
            take_row(state, done + row, VIPS_REGION_ADDR(region, rect.left, rect.top + row));
        done += rect.height;
        if (raster->stream.ended && (beyond += (int64_t)width * rect.height) > most_beyond_end) break;
    }
    g_object_unref(region);
    if (stopped && raster->kind == RECTO_PNG && !raster->stream.failed)
        done += pull_damaged(raster, height, done, step, state);
    if (stopped && raster->kind == RECTO_TIFF && !raster->stream.failed) {
        const recto_raster_status status = pull_remainder(raster, x, y, width, height, done, state, reason);
        if (status == RECTO_RASTER_OK || status == RECTO_RASTER_CANCELLED) return status;
    }
    if (raster->stream.cancelled) return RECTO_RASTER_CANCELLED;
    if (done > 0) return RECTO_RASTER_OK;
    first_line(reason);
    return RECTO_RASTER_DAMAGED;
}

recto_raster_status recto_raster_read(
    recto_raster *raster, int x, int y, int width, int height, const recto_raster_sink *sink, char reason[200]) {
    reason[0] = 0;
    const size_t count = (size_t)width * (size_t)raster->bands;
    rows state = {.sink = sink, .width = width, .height = height, .bands = raster->bands};
    if (sink->reduced) {
        state.sums = calloc(count, sizeof *state.sums);
        state.last = malloc(count);
    }
    recto_raster_status status = RECTO_RASTER_MEMORY;
    if (!sink->reduced || (state.sums && state.last)) {
        status = raster->tiff ? recto_tiff_read(
                                    raster->tiff, &raster->stream, x, y, width, height, take_row, &state, reason)
                              : pull(raster, x, y, width, height, &state, reason);
        if (status == RECTO_RASTER_OK) finish_rows(&state);
    }
    free(state.sums);
    free(state.last);
    vips_error_clear();
    return status;
}

// MARK: Starting

static void drop_message(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain, (void)level, (void)message, (void)data;
}

static int read_memory(void *context, int64_t offset, void *bytes, size_t count) {
    memcpy(bytes, (const uint8_t *)context + offset, count);
    return 0;
}

static int never(void *context) {
    (void)context;
    return 0;
}

/// Makes a small picture of a kind in memory. In CMYK where the kind has it, so that its profile is loaded as well.
static int sample(recto_raster_kind kind, void **bytes, size_t *count) {
    VipsImage *black = NULL, *colours = NULL;
    int failed = vips_black(&black, 64, 64, "bands", kind == RECTO_TIFF || kind == RECTO_JPEG ? 4 : 3, NULL);
    if (!failed) {
        const VipsInterpretation kind_of_colours =
            black->Bands == 4 ? VIPS_INTERPRETATION_CMYK : VIPS_INTERPRETATION_sRGB;
        failed = vips_copy(black, &colours, "interpretation", kind_of_colours, NULL);
    }
    if (!failed) switch (kind) {
            case RECTO_TIFF:
                failed = vips_tiffsave_buffer(
                    colours, bytes, count, "compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE, NULL);
                break;
            case RECTO_JPEG: failed = vips_jpegsave_buffer(colours, bytes, count, NULL); break;
            case RECTO_PNG: failed = vips_pngsave_buffer(colours, bytes, count, "profile", "srgb", NULL); break;
            case RECTO_WEBP: failed = vips_webpsave_buffer(colours, bytes, count, NULL); break;
            case RECTO_GIF: failed = vips_gifsave_buffer(colours, bytes, count, NULL); break;
            case RECTO_JPEG2000: failed = vips_jp2ksave_buffer(colours, bytes, count, NULL); break;
        }
    if (black) g_object_unref(black);
    if (colours) g_object_unref(colours);
    return failed;
}

static int warm(recto_raster_kind kind) {
    void *bytes = NULL;
    size_t count = 0;
    if (sample(kind, &bytes, &count)) return 0;
    const recto_raster_input input = {.context = bytes, .size = (int64_t)count, .read = read_memory, .cancelled = never};
    char reason[200];
    recto_raster_status status;
    recto_raster *raster = recto_raster_open(kind, &input, 1, 0, &status, reason);
    if (raster) {
        uint8_t pixels[64 * 64 * 3];
        const recto_raster_sink sink = {.full = pixels, .full_stride = 64 * 3};
        status = recto_raster_read(raster, 0, 0, 64, 64, &sink, reason);
        recto_raster_close(raster);
    }
    g_free(bytes);
    return status == RECTO_RASTER_OK;
}

int recto_raster_prepare(void) {
    // libvips loads every module of its folder (ImageMagick, poppler, …); below a home of its own it finds none.
    setenv("VIPSHOME", "/nonexistent", 1);
    g_log_set_default_handler(drop_message, NULL);
    if (vips_init("recto")) return -1;
    unsetenv("VIPSHOME");
    TIFFSetWarningHandler(NULL);
    vips_concurrency_set(1);
    // Its compiler writes code into memory and runs it, which the sandbox forbids; and what it computes differs a little
    // from machine to machine.
    vips_vector_set_enabled(FALSE);
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    static const char *const loaders[] = {
        "VipsForeignLoadTiffSource", "VipsForeignLoadJpegSource",  "VipsForeignLoadPngSource",
        "VipsForeignLoadWebpSource", "VipsForeignLoadNsgifSource", "VipsForeignLoadJp2kSource",
    };
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++) vips_operation_block_set(loaders[i], FALSE);
    int ready = 0;
    for (int kind = RECTO_TIFF; kind <= RECTO_JPEG2000; kind++) ready += warm((recto_raster_kind)kind);
    vips_operation_block_set("VipsForeignSave", TRUE);
    return ready;
}

const char *recto_vips_version(void) { return vips_version_string(); }
