// SPDX-License-Identifier: Apache-2.0
#include "cvips.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static inline int smaller(int a, int b) { return a < b ? a : b; }

// MARK: Boxes of bytes

void recto_add_row(uint32_t *sums, const uint8_t *row, size_t count, uint32_t weight) {
    if (weight == 1) {
        for (size_t i = 0; i < count; i++) sums[i] += row[i];
    } else {
        for (size_t i = 0; i < count; i++) sums[i] += row[i] * weight;
    }
}

void recto_average_columns(
    const uint32_t *sums, int width, int bands, int box, int x, int count_x, uint8_t *out) {
    const uint64_t area = (uint64_t)box * (uint64_t)box;
    const int shift = (area & (area - 1)) == 0 ? __builtin_ctzll(area) : -1;
    for (int i = 0; i < count_x; i++) {
        const int64_t first = (int64_t)(x + i) * box;
        const int present = first + box <= width ? box : (int)(width - first);
        for (int band = 0; band < bands; band++) {
            uint64_t sum = 0;
            const uint32_t *column = sums + first * bands + band;
            for (int j = 0; j < present; j++) sum += column[(size_t)j * (size_t)bands];
            if (present < box) sum += (uint64_t)(box - present) * column[(size_t)(present - 1) * (size_t)bands];
            sum += area / 2;
            *out++ = (uint8_t)(shift >= 0 ? sum >> shift : sum / area);
        }
    }
}

int recto_box_bytes(
    const uint8_t *pixels, size_t stride, int width, int height, int bands, int box, int x, int y, int count_x,
    int count_y, uint8_t *out, size_t out_stride) {
    // Only the columns that the boxes cover.
    const int64_t left = (int64_t)x * box;
    const int64_t right = (int64_t)(x + count_x) * box;
    const size_t covered = (size_t)((right < width ? right : width) - left) * (size_t)bands;
    uint32_t *sums = malloc(covered * sizeof *sums);
    if (!sums) return -1;
    for (int row = 0; row < count_y; row++) {
        memset(sums, 0, covered * sizeof *sums);
        const int64_t first = (int64_t)(y + row) * box;
        const int present = first + box <= height ? box : (int)(height - first);
        for (int j = 0; j < present; j++) {
            const uint32_t weight = j == present - 1 ? (uint32_t)(box - present + 1) : 1;
            recto_add_row(sums, pixels + (size_t)(first + j) * stride + (size_t)left * (size_t)bands, covered, weight);
        }
        recto_average_columns(
            sums, (int)(covered / (size_t)bands), bands, box, 0, count_x, out + (size_t)row * out_stride);
    }
    free(sums);
    return 0;
}

// MARK: Boxes of bits

// Counting bits is one instruction on every x86-64 of the last fifteen years, yet not in its baseline.
#if defined(__x86_64__)
#define COUNTING __attribute__((target_clones("popcnt", "default")))
#else
#define COUNTING
#endif

void recto_count_bits(
    const uint8_t *bits, size_t stride, int width, int height, uint8_t *counts, size_t counts_stride) {
    const size_t columns = (size_t)(width / 8);
    for (int row = 0; row < height / 8; row++) {
        const uint8_t *source = bits + (size_t)row * 8 * stride;
        uint8_t *target = counts + (size_t)row * counts_stride;
        size_t i = 0;
        for (; i + 8 <= columns; i += 8) {
            uint64_t total = 0;
            for (int j = 0; j < 8; j++) {
                uint64_t v;
                memcpy(&v, source + (size_t)j * stride + i, 8);
                v -= (v >> 1) & 0x5555555555555555ull;
                v = (v & 0x3333333333333333ull) + ((v >> 2) & 0x3333333333333333ull);
                total += (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0Full;
            }
            memcpy(target + i, &total, 8);
        }
        for (; i < columns; i++) {
            int total = 0;
            for (int j = 0; j < 8; j++) total += __builtin_popcount(source[(size_t)j * stride + i]);
            target[i] = (uint8_t)total;
        }
    }
}

/// The black pixels among `count` from bit `first` on. Reads up to 8 bytes from the first one's on.
static inline uint32_t black(const uint8_t *row, int64_t first, int count) {
    uint32_t total = 0;
    while (count > 0) {
        // Behind a byte's seven other bits, 57 are left of 64.
        const int some = count < 57 ? count : 57;
        uint64_t bits;
        memcpy(&bits, row + (first >> 3), 8);
        bits = __builtin_bswap64(bits) << (first & 7) >> (64 - some);
        total += (uint32_t)__builtin_popcountll(bits);
        first += some;
        count -= some;
    }
    return total;
}

static inline uint8_t grey(uint64_t count, uint64_t area) { return (uint8_t)((255 * (area - count) + area / 2) / area); }

static uint8_t box_directly(const uint8_t *bits, size_t stride, int width, int height, int box, int64_t x, int64_t y) {
    const int64_t left = x * box, top = y * box;
    const int across = left + box <= width ? box : (int)(width - left);
    const int down = top + box <= height ? box : (int)(height - top);
    uint64_t total = 0;
    for (int j = 0; j < down; j++) {
        const uint8_t *row = bits + (size_t)(top + j) * stride;
        uint64_t count = black(row, left, across);
        if (across < box) count += (uint64_t)(box - across) * black(row, left + across - 1, 1);
        total += count * (j == down - 1 ? (uint64_t)(box - down + 1) : 1);
    }
    return grey(total, (uint64_t)box * (uint64_t)box);
}

COUNTING int recto_box_bits(
    const uint8_t *bits, size_t stride, int width, int height, const uint8_t *counts, size_t counts_stride, int box,
    int x, int y, int count_x, int count_y, uint8_t *out, size_t out_stride) {
    if (box == 1) {
        for (int row = 0; row < count_y; row++) {
            const uint8_t *source = bits + (size_t)(y + row) * stride;
            uint8_t *target = out + (size_t)row * out_stride;
            for (int i = 0; i < count_x; i++) target[i] = source[(x + i) >> 3] & (0x80 >> ((x + i) & 7)) ? 0 : 255;
        }
        return 0;
    }
    // Boxes that lie within the picture; those at its edges are counted one by one.
    const int inside_x = smaller(count_x, width / box - x < 0 ? 0 : width / box - x);
    const int inside_y = smaller(count_y, height / box - y < 0 ? 0 : height / box - y);
    const uint64_t area = (uint64_t)box * (uint64_t)box;
    uint32_t *sums = calloc((size_t)count_x + 1, sizeof *sums);
    uint32_t *columns = NULL;
    uint8_t *shades = area <= 4096 ? malloc((size_t)area + 1) : NULL;
    const int by = box / 8;
    const size_t needed = (size_t)inside_x * (size_t)by;
    const int counted = counts && box % 8 == 0;
    if (counted) columns = malloc((needed + 1) * sizeof *columns);
    if (!sums || (counted && !columns) || (area <= 4096 && !shades)) {
        free(sums);
        free(columns);
        free(shades);
        return -1;
    }
    if (shades)
        for (uint64_t i = 0; i <= area; i++) shades[i] = grey(i, area);
    for (int row = 0; row < count_y; row++) {
        uint8_t *target = out + (size_t)row * out_stride;
        const int across = row < inside_y ? inside_x : 0;
        if (across && counted) {
            memset(columns, 0, needed * sizeof *columns);
            for (int j = 0; j < by; j++)
                recto_add_row(
                    columns, counts + ((size_t)(y + row) * (size_t)by + (size_t)j) * counts_stride + (size_t)x * (size_t)by,
                    needed, 1);
            for (int i = 0; i < across; i++) {
                sums[i] = 0;
                for (int j = 0; j < by; j++) sums[i] += columns[i * by + j];
            }
        } else if (across) {
            memset(sums, 0, (size_t)across * sizeof *sums);
            for (int j = 0; j < box; j++) {
                const uint8_t *source = bits + ((size_t)(y + row) * (size_t)box + (size_t)j) * stride;
                int64_t first = (int64_t)x * box;
                for (int i = 0; i < across; i++, first += box) sums[i] += black(source, first, box);
            }
        }
        for (int i = 0; i < across; i++) target[i] = shades ? shades[sums[i]] : grey(sums[i], area);
        for (int i = across; i < count_x; i++) target[i] = box_directly(bits, stride, width, height, box, x + i, y + row);
    }
    free(sums);
    free(columns);
    free(shades);
    return 0;
}

// MARK: Resampling

static double lanczos(double x) {
    x = fabs(x);
    if (x < 1e-9) return 1;
    if (x >= 3) return 0;
    const double p = M_PI * x;
    return 3 * sin(p) * sin(p / 3) / (p * p);
}

/// Catmull and Rom's spline.
static double cubic(double x) {
    x = fabs(x);
    if (x >= 2) return 0;
    if (x >= 1) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return (1.5 * x - 2.5) * x * x + 1;
}

static double support(const recto_axis *axis) { return axis->shrink > 1 ? 3 * axis->shrink : 2; }

static double centre(const recto_axis *axis, int i) { return (i + 0.5 + axis->origin) * axis->shrink - 0.5; }

static int clamped(double value, int low, int high) { return value < low ? low : value > high ? high : (int)value; }

void recto_axis_span(const recto_axis *axis, int *start, int *end) {
    const int last = axis->length - 1;
    *start = clamped(floor(centre(axis, 0) - support(axis)), 0, last);
    *end = clamped(ceil(centre(axis, axis->out - 1) + support(axis)), 0, last) + 1;
}

/// Weights in 1/16384 of each output pixel, which add up to 16384 exactly: flat colour stays what it is. A machine's
/// rounding of sine is far below that.
typedef struct {
    int taps;
    int *first;
    int16_t *weights;
} kernel;

static int make_kernel(const recto_axis *axis, kernel *result) {
    const double reach = support(axis);
    result->taps = (int)(2 * ceil(reach)) + 2;
    result->first = malloc((size_t)axis->out * sizeof(int));
    result->weights = calloc((size_t)axis->out * (size_t)result->taps, sizeof(int16_t));
    double *exact = malloc((size_t)result->taps * sizeof(double));
    if (!result->first || !result->weights || !exact) {
        free(exact);
        return -1;
    }
    for (int i = 0; i < axis->out; i++) {
        // Phases of 1/64, as libvips has them: the same pixels come out but for rounding.
        const double c = floor(centre(axis, i) * 64 + 0.5) / 64;
        const int first = (int)floor(c - reach);
        double sum = 0;
        for (int j = 0; j < result->taps; j++) {
            exact[j] = axis->shrink > 1 ? lanczos((first + j - c) / axis->shrink) : cubic(first + j - c);
            sum += exact[j];
        }
        int total = 0, largest = 0;
        int16_t *weights = result->weights + (size_t)i * (size_t)result->taps;
        for (int j = 0; j < result->taps; j++) {
            weights[j] = (int16_t)lrint(exact[j] / sum * 16384);
            total += weights[j];
            if (weights[j] > weights[largest]) largest = j;
        }
        weights[largest] = (int16_t)(weights[largest] + 16384 - total);
        result->first[i] = first;
    }
    free(exact);
    return 0;
}

static inline uint8_t rounded(int32_t sum) {
    const int32_t value = (sum + 8192) >> 14;
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/// Where the given part of the source holds pixel `i`; beyond the picture its edge goes on.
static inline int held(const recto_axis *axis, int i) {
    i = i < 0 ? 0 : i >= axis->length ? axis->length - 1 : i;
    i -= axis->start;
    return i < 0 ? 0 : i >= axis->count ? axis->count - 1 : i;
}

int recto_resample(
    const uint8_t *pixels, size_t stride, int bands, const recto_axis *horizontal, const recto_axis *vertical,
    uint8_t *out, size_t out_stride) {
    kernel across = {0}, down = {0};
    const size_t width = (size_t)horizontal->count * (size_t)bands;
    uint8_t *row = malloc(width);
    int32_t *sums = malloc(width * sizeof *sums);
    int status = -1;
    if (row && sums && !make_kernel(horizontal, &across) && !make_kernel(vertical, &down)) {
        for (int y = 0; y < vertical->out; y++) {
            memset(sums, 0, width * sizeof *sums);
            for (int j = 0; j < down.taps; j++) {
                const int32_t weight = down.weights[(size_t)y * (size_t)down.taps + (size_t)j];
                if (!weight) continue;
                const uint8_t *source = pixels + (size_t)held(vertical, down.first[y] + j) * stride;
                for (size_t i = 0; i < width; i++) sums[i] += source[i] * weight;
            }
            for (size_t i = 0; i < width; i++) row[i] = rounded(sums[i]);
            uint8_t *target = out + (size_t)y * out_stride;
            for (int x = 0; x < horizontal->out; x++) {
                const int16_t *weights = across.weights + (size_t)x * (size_t)across.taps;
                int32_t total[3] = {0, 0, 0};
                for (int j = 0; j < across.taps; j++) {
                    if (!weights[j]) continue;
                    const uint8_t *source = row + (size_t)held(horizontal, across.first[x] + j) * (size_t)bands;
                    for (int band = 0; band < bands; band++) total[band] += source[band] * weights[j];
                }
                for (int band = 0; band < bands; band++) *target++ = rounded(total[band]);
            }
        }
        status = 0;
    }
    free(across.first);
    free(across.weights);
    free(down.first);
    free(down.weights);
    free(row);
    free(sums);
    return status;
}

// MARK: Canvas

void recto_paint(
    const uint8_t *pixels, size_t stride, int bands, int orientation, uint32_t *canvas, size_t canvas_stride, int width,
    int height) {
    const int swapped = orientation >= 5;
    const ptrdiff_t step = bands, line = (ptrdiff_t)stride;
    const int stored_width = swapped ? height : width, stored_height = swapped ? width : height;
    // EXIF 2.3, tag 274: where row 0 and column 0 of the stored picture are to be seen.
    const int flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const int flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const uint8_t *start =
        pixels + (flip_x ? (stored_width - 1) * step : 0) + (flip_y ? (ptrdiff_t)(stored_height - 1) * line : 0);
    const ptrdiff_t along_x = flip_x ? -step : step, along_y = flip_y ? -line : line;
    const ptrdiff_t next = swapped ? along_y : along_x, down = swapped ? along_x : along_y;
    for (int y = 0; y < height; y++) {
        const uint8_t *source = start + y * down;
        uint32_t *target = (uint32_t *)((uint8_t *)canvas + (size_t)y * canvas_stride);
        if (bands == 1) {
            for (int x = 0; x < width; x++, source += next) target[x] = 0xFF000000u | *source * 0x010101u;
        } else {
            for (int x = 0; x < width; x++, source += next)
                target[x] = 0xFF000000u | (uint32_t)source[0] << 16 | (uint32_t)source[1] << 8 | source[2];
        }
    }
}
