/* What was counted, and how it is told. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "latency.h"
#include "scenario.h"

typedef struct {
    latency_t kind[KINDS];
    uint64_t requests; /* good answers inside the measured time */
    uint64_t errors;   /* answers that were not 2xx or not what they must be, and connections that broke */
    uint64_t broken, reconnects, empty, lost, wrong;
    uint64_t status[600];
    char first_error[1024];
    double seconds;
    double own; /* the share of its core that the generator used, from its first request to its last answer */
} tally_t;

static void tally_error(tally_t *t, int status, const char *text, size_t length) {
    t->errors++;
    if (status > 0 && status < 600)
        t->status[status]++;
    if (!t->first_error[0])
        snprintf(t->first_error, sizeof t->first_error, "%.*s", (int)(length < 1000 ? length : 1000), text);
}

static void print_quoted(const char *text) {
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20 || *p >= 0x7f)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

static void print_kind_json(const latency_t *l, const char *name, double seconds) {
    printf("\"%s\":{\"count\":%llu,\"rate\":%.1f,\"mean_us\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,"
           "\"max_us\":%.1f}",
           name, (unsigned long long)l->count, (double)l->count / seconds, (double)l->sum / 1e3 / (double)l->count,
           latency_at(l, .5), latency_at(l, .9), latency_at(l, .99), (double)l->max / 1e3);
}

static void report_json(const tally_t *t, const options_t *o) {
    double seconds = t->seconds > 0 ? t->seconds : 1e-9;
    printf("{\"scenario\":\"%s\",\"connections\":%d,\"seconds\":%.3f,\"requests\":%llu,\"rate\":%.1f,",
           SCENARIOS[o->scenario], o->connections, t->seconds, (unsigned long long)t->requests,
           (double)t->requests / seconds);
    printf("\"errors\":%llu,\"broken\":%llu,\"wrong\":%llu,\"reconnects\":%llu,\"empty\":%llu,\"lost\":%llu,",
           (unsigned long long)t->errors, (unsigned long long)t->broken, (unsigned long long)t->wrong,
           (unsigned long long)t->reconnects, (unsigned long long)t->empty, (unsigned long long)t->lost);
    printf("\"generator\":%.3f,\"statuses\":{", t->own);
    for (int i = 0, first = 1; i < 600; i++)
        if (t->status[i])
            printf("%s\"%d\":%llu", first ? "" : ",", i, (unsigned long long)t->status[i]), first = 0;
    printf("},\"first_error\":");
    print_quoted(t->first_error);
    printf(",\"kinds\":{");
    for (int i = 0, first = 1; i < KINDS; i++)
        if (t->kind[i].count) {
            printf("%s", first ? "" : ",");
            print_kind_json(&t->kind[i], KIND_NAMES[i], seconds);
            first = 0;
        }
    printf("}}\n");
}

static void report_text(const tally_t *t, const options_t *o) {
    double seconds = t->seconds > 0 ? t->seconds : 1e-9;
    printf("%s, %d connections: %llu requests in %.2f s, %.0f a second; generator %.0f %%\n",
           SCENARIOS[o->scenario], o->connections, (unsigned long long)t->requests, t->seconds,
           (double)t->requests / seconds, 100 * t->own);
    for (int i = 0; i < KINDS; i++) {
        const latency_t *l = &t->kind[i];
        if (l->count)
            printf("  %-8s %9llu  p50 %.0f  p90 %.0f  p99 %.0f  max %.0f us\n", KIND_NAMES[i],
                   (unsigned long long)l->count, latency_at(l, .5), latency_at(l, .9), latency_at(l, .99),
                   (double)l->max / 1e3);
    }
    if (t->empty || t->lost || t->reconnects)
        printf("  empty %llu, lost %llu, reconnects %llu\n", (unsigned long long)t->empty,
               (unsigned long long)t->lost, (unsigned long long)t->reconnects);
    if (!t->errors)
        return;
    printf("  ERRORS %llu (broken connections %llu, wrong content %llu)", (unsigned long long)t->errors,
           (unsigned long long)t->broken, (unsigned long long)t->wrong);
    for (int i = 0; i < 600; i++)
        if (t->status[i])
            printf(", status %d: %llu", i, (unsigned long long)t->status[i]);
    printf("\n  first: %s\n", t->first_error);
}

#endif
