/* SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), with the processor's SHA instructions where it has them. */
#ifndef LOAD_SHA256_H
#define LOAD_SHA256_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef struct {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
    size_t held;
} sha256_t;

typedef struct {
    sha256_t inner, outer; /* after the key's first block: a MAC costs only the message and one block */
} hmac_t;

static const uint32_t SHA256_K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const uint32_t SHA256_START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define SHA_ROT(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

static void sha256_blocks_portable(uint32_t s[8], const uint8_t *p, size_t blocks) {
    for (; blocks; blocks--, p += 64) {
        uint32_t w[64], v[8];
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
        for (int i = 16; i < 64; i++) {
            uint32_t a = w[i - 15], b = w[i - 2];
            w[i] = w[i - 16] + (SHA_ROT(a, 7) ^ SHA_ROT(a, 18) ^ a >> 3) + w[i - 7] +
                   (SHA_ROT(b, 17) ^ SHA_ROT(b, 19) ^ b >> 10);
        }
        memcpy(v, s, sizeof v);
        for (int i = 0; i < 64; i++) {
            uint32_t e = v[4], a = v[0];
            uint32_t t1 = v[7] + (SHA_ROT(e, 6) ^ SHA_ROT(e, 11) ^ SHA_ROT(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
                          SHA256_K[i] + w[i];
            uint32_t t2 = (SHA_ROT(a, 2) ^ SHA_ROT(a, 13) ^ SHA_ROT(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
            memmove(v + 1, v, 7 * sizeof *v);
            v[4] += t1;
            v[0] = t1 + t2;
        }
        for (int i = 0; i < 8; i++)
            s[i] += v[i];
    }
}

#if defined(__x86_64__)
__attribute__((target("sha,sse4.1,ssse3"))) static void sha256_blocks_native(uint32_t s[8], const uint8_t *p,
                                                                             size_t blocks) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)s), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(s + 4)), 0x1B);
    __m128i s0 = _mm_alignr_epi8(abcd, efgh, 8), s1 = _mm_blend_epi16(efgh, abcd, 0xF0);
    for (; blocks; blocks--, p += 64) {
        __m128i before0 = s0, before1 = s1, m[4];
        for (int i = 0; i < 4; i++)
            m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), swap);
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i k = _mm_add_epi32(m[i & 3], _mm_load_si128((const __m128i *)(const void *)(SHA256_K + 4 * i)));
            s1 = _mm_sha256rnds2_epu32(s1, s0, k);
            if (i >= 3 && i < 15) {
                __m128i shifted = _mm_alignr_epi8(m[i & 3], m[(i - 1) & 3], 4);
                m[(i + 1) & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(m[(i + 1) & 3], shifted), m[i & 3]);
            }
            s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(k, 0x0E));
            if (i >= 1 && i < 13)
                m[(i - 1) & 3] = _mm_sha256msg1_epu32(m[(i - 1) & 3], m[i & 3]);
        }
        s0 = _mm_add_epi32(s0, before0);
        s1 = _mm_add_epi32(s1, before1);
    }
    __m128i feba = _mm_shuffle_epi32(s0, 0x1B), dchg = _mm_shuffle_epi32(s1, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)s, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(s + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#include <cpuid.h>

static int sha256_native_here(void) {
    static int known = -1;
    if (known < 0) {
        unsigned a, b = 0, c, d;
        known = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
    }
    return known;
}
#endif

static void sha256_blocks(uint32_t s[8], const uint8_t *p, size_t blocks) {
#if defined(__x86_64__)
    if (sha256_native_here()) {
        sha256_blocks_native(s, p, blocks);
        return;
    }
#endif
    sha256_blocks_portable(s, p, blocks);
}

static void sha256_start(sha256_t *h) {
    memcpy(h->state, SHA256_START, sizeof h->state);
    h->length = h->held = 0;
}

static void sha256_add(sha256_t *h, const void *data, size_t n) {
    const uint8_t *p = data;
    h->length += n;
    if (h->held) {
        size_t take = 64 - h->held < n ? 64 - h->held : n;
        memcpy(h->block + h->held, p, take);
        h->held += take, p += take, n -= take;
        if (h->held < 64)
            return;
        sha256_blocks(h->state, h->block, 1);
        h->held = 0;
    }
    sha256_blocks(h->state, p, n / 64);
    h->held = n % 64;
    memcpy(h->block, p + n - h->held, h->held);
}

static void sha256_end(sha256_t *h, uint8_t out[32]) {
    uint64_t bits = h->length * 8;
    uint8_t pad[72] = {0x80};
    size_t n = (h->held < 56 ? 56 : 120) - h->held;
    for (int i = 0; i < 8; i++)
        pad[n + (size_t)i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(h, pad, n + 8);
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

static void sha256(const void *data, size_t n, uint8_t out[32]) {
    sha256_t h;
    sha256_start(&h);
    sha256_add(&h, data, n);
    sha256_end(&h, out);
}

/* Keys longer than a block do not occur here: the longest is "AWS4" and a secret access key. */
static void hmac_key(hmac_t *mac, const void *key, size_t n) {
    uint8_t block[64] = {0};
    memcpy(block, key, n > 64 ? 64 : n);
    for (int i = 0; i < 64; i++)
        block[i] ^= 0x36;
    sha256_start(&mac->inner);
    sha256_add(&mac->inner, block, 64);
    for (int i = 0; i < 64; i++)
        block[i] ^= 0x36 ^ 0x5c;
    sha256_start(&mac->outer);
    sha256_add(&mac->outer, block, 64);
}

static void hmac(const hmac_t *mac, const void *data, size_t n, uint8_t out[32]) {
    sha256_t h = mac->inner;
    sha256_add(&h, data, n);
    sha256_end(&h, out);
    h = mac->outer;
    sha256_add(&h, out, 32);
    sha256_end(&h, out);
}

#endif
