/* AWS Signature Version 4 in the Authorization header.
   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
#ifndef LOAD_SIGV4_H
#define LOAD_SIGV4_H

#include <stdio.h>
#include <time.h>

#include "sha256.h"

typedef struct {
    const char *access_key, *secret_key, *region;
    char service[32];
    char date[9];     /* the day for which `key` was derived */
    char instant[17]; /* X-Amz-Date of the second `second` */
    time_t second;
    hmac_t key;
} signer_t;

typedef struct {
    const char *name; /* lower case */
    const char *value;
} field_t;

typedef struct {
    const char *method, *path, *query, *hash; /* path and query in canonical form; hash of the payload, in hex */
    const field_t *fields;                    /* the signed headers in order of name */
    int count;
} signable_t;

static void hex32(const uint8_t in[32], char out[65]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[64] = 0;
}

/* Bring X-Amz-Date to the present second, and derive the day's key where the day is new. */
static void signer_tick(signer_t *s, time_t now) {
    if (now == s->second)
        return;
    struct tm utc;
    s->second = now;
    gmtime_r(&now, &utc);
    strftime(s->instant, sizeof s->instant, "%Y%m%dT%H%M%SZ", &utc);
    if (!strncmp(s->date, s->instant, 8))
        return;
    memcpy(s->date, s->instant, 8);
    s->date[8] = 0;
    char first[80];
    uint8_t digest[32];
    hmac_t mac;
    int n = snprintf(first, sizeof first, "AWS4%s", s->secret_key);
    hmac_key(&mac, first, (size_t)(n < (int)sizeof first ? n : (int)sizeof first - 1));
    const char *steps[] = {s->date, s->region, s->service, "aws4_request"};
    for (int i = 0; i < 4; i++) {
        hmac(&mac, steps[i], strlen(steps[i]), digest);
        hmac_key(&mac, digest, 32);
    }
    s->key = mac;
}

/* Write the Authorization header's value. */
static int signer_sign(const signer_t *s, const signable_t *r, char *out, size_t room) {
    char text[4096], names[256], scope[128], hex[65];
    uint8_t digest[32];
    size_t n = (size_t)snprintf(text, sizeof text, "%s\n%s\n%s\n", r->method, r->path, r->query), m = 0;
    for (int i = 0; i < r->count; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s:%s\n", r->fields[i].name, r->fields[i].value);
        m += (size_t)snprintf(names + m, sizeof names - m, i ? ";%s" : "%s", r->fields[i].name);
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\n%s\n%s", names, r->hash);
    sha256(text, n, digest);
    hex32(digest, hex);
    snprintf(scope, sizeof scope, "%s/%s/%s/aws4_request", s->date, s->region, s->service);
    n = (size_t)snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", s->instant, scope, hex);
    hmac(&s->key, text, n, digest);
    hex32(digest, hex);
    return snprintf(out, room, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", s->access_key,
                    scope, names, hex);
}

#endif
