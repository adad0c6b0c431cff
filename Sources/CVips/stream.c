// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "internal.h"

void recto_stream_init(recto_stream *stream, const recto_raster_input *input) {
    memset(stream, 0, sizeof *stream);
    stream->input = *input;
}

int recto_stream_cancelled(recto_stream *stream) {
    if (!stream->cancelled && stream->input.cancelled(stream->input.context)) stream->cancelled = 1;
    return stream->cancelled;
}

static int fetch(recto_stream *stream, int64_t offset, uint8_t *bytes, size_t count) {
    // Decoders that need the whole file before the first row are stopped here.
    if (recto_stream_cancelled(stream) || stream->input.read(stream->input.context, offset, bytes, count)) {
        stream->failed = 1;
        return -1;
    }
    for (int i = 0; i < stream->input.patch_count; i++) {
        const recto_patch *patch = &stream->input.patches[i];
        for (int j = 0; j < patch->count; j++) {
            const int64_t at = patch->offset + j - offset;
            if (at >= 0 && at < (int64_t)count) bytes[at] = patch->bytes[j];
        }
    }
    return 0;
}

static int64_t read_some(recto_stream *stream, uint8_t *bytes, int64_t count) {
    if (stream->failed || count < 0) return -1;
    if (count == 0) return 0;
    const int64_t rest = stream->input.size - stream->position;
    if (rest <= 0) {
        stream->ended = 1;
        return 0;
    }
    if (count > rest) count = rest;
    const int64_t within = stream->position - stream->buffer_start;
    if (within >= 0 && within < (int64_t)stream->buffer_count) {
        if (count > (int64_t)stream->buffer_count - within) count = (int64_t)stream->buffer_count - within;
        memcpy(bytes, stream->buffer + within, (size_t)count);
    } else if (count >= (int64_t)sizeof stream->buffer) {
        if (fetch(stream, stream->position, bytes, (size_t)count)) return -1;
    } else {
        const size_t ahead = rest < (int64_t)sizeof stream->buffer ? (size_t)rest : sizeof stream->buffer;
        stream->buffer_count = 0;
        if (fetch(stream, stream->position, stream->buffer, ahead)) return -1;
        stream->buffer_start = stream->position;
        stream->buffer_count = ahead;
        memcpy(bytes, stream->buffer, (size_t)count);
    }
    stream->position += count;
    return count;
}

// libvips hands short reads on to libtiff, which takes them for the end of the file.
int64_t recto_stream_read(recto_stream *stream, void *bytes, int64_t count) {
    int64_t done = 0;
    do {
        const int64_t got = read_some(stream, (uint8_t *)bytes + done, count - done);
        if (got < 0) return -1;
        if (got == 0) break;
        done += got;
    } while (done < count);
    return done;
}

int64_t recto_stream_seek(recto_stream *stream, int64_t offset, int whence) {
    int64_t target = offset;
    if (whence == SEEK_CUR && __builtin_add_overflow(offset, stream->position, &target)) return -1;
    if (whence == SEEK_END && __builtin_add_overflow(offset, stream->input.size, &target)) return -1;
    if (target < 0) return -1;
    stream->position = target;
    return target;
}
