/* The bytes of every object: without end, the same from the same offset on, so that they need not be kept. */
#ifndef LOAD_CONTENT_H
#define LOAD_CONTENT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sha256.h"

enum { CONTENT_PERIOD = 1 << 18, CONTENT_SAMPLE = 64, DROP_ROOM = 1 << 20, LONG = 8 << 20, LOOK_EVERY = 4 << 20 };

static char CONTENT[CONTENT_PERIOD];

typedef struct {
    int under_way, wrong;
    uint64_t length, got;
    uint64_t looked; /* the offset up to which something was last compared */
} content_t;

static void content_start(void) {
    for (uint32_t i = 0; i < CONTENT_PERIOD; i++)
        CONTENT[i] = (char)(i * 131 + (i >> 8) * 31 + 7);
}

/* What can be had in one piece from an offset on, of an object that ends at `end`. */
static const char *content_at(uint64_t offset, uint64_t end, size_t *n) {
    size_t place = (size_t)(offset % CONTENT_PERIOD);
    uint64_t left = end - offset;
    *n = left < CONTENT_PERIOD - place ? (size_t)left : CONTENT_PERIOD - place;
    return CONTENT + place;
}

static int content_equals(uint64_t offset, const char *data, size_t n) {
    size_t here, first;
    const char *expected = content_at(offset, offset + n, &here);
    first = here < n ? here : n;
    return !memcmp(expected, data, first) && !memcmp(CONTENT, data + first, n - first);
}

/* Whether the next bytes of a long object need not be looked at: copying all of them would keep a core busy. */
static int content_may_drop(const content_t *c) {
    return c->under_way && c->length > LONG && c->got - c->looked < LOOK_EVERY && c->length - c->got > DROP_ROOM;
}

/* Count a piece that has come; compare its first and its last bytes with what must be there, where it was read. */
static void content_take(content_t *c, const char *data, size_t n) {
    size_t sample = n < CONTENT_SAMPLE ? n : CONTENT_SAMPLE;
    if (data) {
        if (!content_equals(c->got, data, sample) || !content_equals(c->got + n - sample, data + n - sample, sample))
            c->wrong = 1;
        c->looked = c->got + n;
    }
    c->got += n;
}

/* The SHA-256 of an object of that size. */
static void content_hash(uint64_t size, uint8_t digest[32]) {
    sha256_t h;
    sha256_start(&h);
    for (uint64_t offset = 0; offset < size;) {
        size_t n;
        const char *piece = content_at(offset, size, &n);
        sha256_add(&h, piece, n);
        offset += n;
    }
    sha256_end(&h, digest);
}

#endif
