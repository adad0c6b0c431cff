// SPDX-License-Identifier: Apache-2.0
//
// The encoder that tiles are measured against: libdeflate around the fewest bytes a pixel, in C, at the levels that cost
// least on the pages measured. Grey and few colours become one byte a pixel at level 2; flat colour is RGB at level 2,
// anything else RGB at level 1. Everything is written into buffers that are there already.
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct libdeflate_compressor *compressors[13];
static uint8_t *raw;
static size_t raw_size;

static uint8_t *put32(uint8_t *to, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = (uint8_t)(value >> shift);
    return to;
}

static uint8_t *finish(uint8_t *start, uint8_t *end) {
    put32(start, (uint32_t)(end - start - 8));
    return put32(end, libdeflate_crc32(0, start + 4, (size_t)(end - start - 4)));
}

static uint32_t hash(uint32_t colour) { return colour * 0x9E3779B1u >> 22; }

// The palette's size, or 0 for more than 256 colours; `raw` then holds the indices.
static int reduce(const uint32_t *pixels, size_t width, size_t height, uint32_t *colours) {
    uint16_t table[1024] = {0};
    int count = 0;
    uint8_t *to = raw;
    for (size_t y = 0; y < height; y++) {
        uint32_t last = ~pixels[y * width];
        uint8_t index = 0;
        *to++ = 0;
        for (size_t x = 0; x < width; x++) {
            uint32_t pixel = pixels[y * width + x];
            if (pixel != last) {
                uint32_t slot = hash(pixel);
                last = pixel;
                while (table[slot] && colours[table[slot] - 1] != pixel) slot = (slot + 1) & 1023;
                if (!table[slot]) {
                    if (count == 256) return 0;
                    colours[count++] = pixel;
                    table[slot] = (uint16_t)count;
                }
                index = (uint8_t)(table[slot] - 1);
            }
            *to++ = index;
        }
    }
    return count;
}

// Returns the bytes written to `out`, which has room for the picture as it is and 4096 bytes more; 0 where memory fails.
size_t rival_png(const uint32_t *pixels, size_t width, size_t height, uint8_t *out, size_t room) {
    size_t count = width * height, needed = height * (3 * width + 1) + 4;
    if (needed > raw_size) {
        free(raw);
        raw = malloc(needed);
        if (!raw) return 0;
        memset(raw, 0, needed);
        raw_size = needed;
    }
    uint32_t colours[256], difference = 0;
    for (size_t y = 0; y < height && !(difference & 0xFFFF); y++)
        for (size_t x = 0; x < width; x++) {
            uint32_t pixel = pixels[y * width + x];
            difference |= pixel ^ pixel >> 8;
        }
    int palette = 0, type = 0, level = 2;
    size_t bytes = height * (width + 1);
    if (!(difference & 0xFFFF)) {
        for (size_t y = 0; y < height; y++) {
            uint8_t *to = raw + y * (width + 1);
            *to++ = 0;
            for (size_t x = 0; x < width; x++) to[x] = (uint8_t)pixels[y * width + x];
        }
    } else if ((palette = reduce(pixels, width, height, colours))) {
        type = 3;
    } else {
        size_t equal = 0;
        for (size_t at = 1; at < count; at++) equal += pixels[at] == pixels[at - 1];
        type = 2;
        level = equal * 4 > count * 3 ? 2 : 1;
        bytes = height * (3 * width + 1);
        for (size_t y = 0; y < height; y++) {
            uint8_t *to = raw + y * (3 * width + 1);
            *to++ = 0;
            for (size_t x = 0; x < width; x++, to += 3) {
                uint32_t swapped = __builtin_bswap32(pixels[y * width + x]) >> 8;
                memcpy(to, &swapped, 4);
            }
        }
    }
    if (!compressors[level] && !(compressors[level] = libdeflate_alloc_compressor(level))) return 0;

    uint8_t *to = out;
    memcpy(to, "\x89PNG\r\n\x1A\n", 8);
    to += 8;
    uint8_t *chunk = to;
    memcpy(to + 4, "IHDR", 4);
    to = put32(put32(to + 8, (uint32_t)width), (uint32_t)height);
    memcpy(to, (uint8_t[]){8, (uint8_t)type, 0, 0, 0}, 5);
    to = finish(chunk, to + 5);
    if (palette) {
        chunk = to;
        memcpy(to + 4, "PLTE", 4);
        to += 8;
        for (int index = 0; index < palette; index++)
            for (int shift = 16; shift >= 0; shift -= 8) *to++ = (uint8_t)(colours[index] >> shift);
        to = finish(chunk, to);
    }
    chunk = to;
    memcpy(to + 4, "IDAT", 4);
    size_t written = libdeflate_zlib_compress(
        compressors[level], raw, bytes, to + 8, room - (size_t)(to + 8 - out) - 32);
    if (!written) return 0;
    to = finish(chunk, to + 8 + written);
    memcpy(to + 4, "IEND", 4);
    to = finish(to, to + 8);
    return (size_t)(to - out);
}
