/* Latencies in a histogram of fixed size: every bucket is at most 1/128 of its value wide. */
#ifndef LOAD_LATENCY_H
#define LOAD_LATENCY_H

#include <stdint.h>
#include <time.h>

enum { SUB = 256, BUCKETS = 64 * SUB };

typedef struct {
    uint64_t count, sum, max;
    uint64_t bucket[BUCKETS];
} latency_t;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void latency_add(latency_t *l, uint64_t ns) {
    int shift = ns < SUB ? 0 : 56 - __builtin_clzll(ns);
    l->bucket[shift * SUB + (int)(ns >> shift)]++;
    l->count++;
    l->sum += ns;
    if (ns > l->max)
        l->max = ns;
}

/* The value, in microseconds, under which the fraction `q` of all lie: the upper edge of its bucket. */
static double latency_at(const latency_t *l, double q) {
    uint64_t want = (uint64_t)(q * (double)l->count + 0.5), seen = 0;
    if (!l->count)
        return 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += l->bucket[i];
        if (seen >= want && seen) {
            int shift = i / SUB;
            double edge = (double)((uint64_t)(i % SUB + 1) << shift);
            return (edge < (double)l->max ? edge : (double)l->max) / 1000.0;
        }
    }
    return (double)l->max / 1000.0;
}

#endif
