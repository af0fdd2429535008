/* What is asked: the scenarios' requests, and what their answers must hold. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "connection.h"
#include "sigv4.h"

typedef enum { ECHO, SEND, DRAIN, CYCLE, FIFO, FILL, IDENTITY, LONGPOLL, CALL, PUT, GET, REST } scenario_t;

static const char *const SCENARIOS[] = {"echo",     "send",     "receive-delete", "cycle", "fifo-batch", "fill",
                                        "identity", "longpoll", "call",           "put",   "get",        "rest"};

/* The kinds of request whose latencies are told apart. */
typedef enum { K_SEND, K_RECEIVE, K_DELETE, K_OTHER, K_WAKE, K_PUT, K_GET, KINDS } kind_t;

static const char *const KIND_NAMES[KINDS] = {"send", "receive", "delete", "request", "wake", "put", "get"};

typedef struct {
    scenario_t scenario;
    const char *host, *port, *queue_url, *target, *content, *service;
    const char *access_key, *secret_key, *region;
    int connections, size, json, wait_seconds, raw, once;
    double seconds, warmup;
    uint64_t requests;
    /* objects */
    const char *method, *path, *query, *extra, *etag, *must;
    int payload; /* sign the hash of the body, not UNSIGNED-PAYLOAD */
    uint64_t bytes, keys, first, stride;
} options_t;

typedef struct {
    const options_t *o;
    signer_t signer;
    char host[300];
    char nonce[32]; /* tells runs apart: FIFO deduplication must not swallow the second run */
    char filler[65536];
    char payload_hash[65];
    uint64_t asked; /* objects so far */
    char extra_name[100];
    const char *extra_value;
} maker_t;

static const char *escape(const char *text, char *out, size_t room) {
    size_t n = 0;
    for (; *text && n + 2 < room; text++) {
        if (*text == '"' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = 0;
    return out;
}

static void maker_start(maker_t *m, const options_t *o) {
    m->o = o;
    m->signer = (signer_t){.access_key = o->access_key, .secret_key = o->secret_key, .region = o->region};
    snprintf(m->signer.service, sizeof m->signer.service, "%s", o->service);
    snprintf(m->host, sizeof m->host, "%s:%s", o->host, o->port);
    snprintf(m->nonce, sizeof m->nonce, "%x-%llx", (unsigned)getpid(), (unsigned long long)time(NULL));
    for (size_t i = 0; i < sizeof m->filler - 1; i++)
        m->filler[i] = (char)('a' + i % 26);
    content_start();
    uint8_t digest[32];
    if (o->scenario == PUT)
        content_hash(o->payload ? o->bytes : 0, digest);
    else
        sha256(o->content, strlen(o->content), digest);
    hex32(digest, m->payload_hash);
    const char *colon = strchr(o->extra, ':');
    snprintf(m->extra_name, sizeof m->extra_name, "%.*s", colon ? (int)(colon - o->extra) : 0, o->extra);
    m->extra_value = colon ? colon + 1 : "";
}

static kind_t kind_of(const options_t *o, const connection_t *c) {
    switch (o->scenario) {
    case SEND:
    case FIFO:
    case FILL:
        return K_SEND;
    case DRAIN:
        return c->step ? K_DELETE : K_RECEIVE;
    case CYCLE:
        return c->step == 0 ? K_SEND : c->step == 1 ? K_RECEIVE : K_DELETE;
    case LONGPOLL:
        return c->step ? K_SEND : K_RECEIVE;
    case PUT:
        return K_PUT;
    case GET:
        return K_GET;
    default:
        return K_OTHER;
    }
}

/* The message's text: unlike every other, and of the size asked for. */
static int message_text(maker_t *m, const connection_t *c, int part, char *out, size_t room) {
    int n = snprintf(out, room, "%s.%d.%llu.%d t=%llu ", m->nonce, c->id, (unsigned long long)c->serial, part,
                     (unsigned long long)now_ns());
    if (n < m->o->size)
        n += snprintf(out + n, room - (size_t)n, "%.*s", m->o->size - n, m->filler);
    return n;
}

static int batch_body(maker_t *m, const connection_t *c, const char *url, char *out, int room) {
    int fifo = m->o->scenario == FIFO;
    int n = snprintf(out, (size_t)room, "{\"QueueUrl\":\"%s\",\"Entries\":[", url);
    for (int i = 0; i < 10; i++) {
        n += snprintf(out + n, (size_t)(room - n), "%s{\"Id\":\"m%d\",\"MessageBody\":\"", i ? "," : "", i);
        n += message_text(m, c, i, out + n, (size_t)(room - n));
        n += snprintf(out + n, (size_t)(room - n), "\"");
        if (fifo)
            n += snprintf(out + n, (size_t)(room - n),
                          ",\"MessageGroupId\":\"g%d\",\"MessageDeduplicationId\":\"%s.%d.%llu.%d\"", c->id, m->nonce,
                          c->id, (unsigned long long)c->serial, i);
        n += snprintf(out + n, (size_t)(room - n), "}");
    }
    return n + snprintf(out + n, (size_t)(room - n), "]}");
}

/* Write the body of the connection's next request, and name its operation ("" where there is no target). */
static int make_body(maker_t *m, const connection_t *c, char *out, int room, const char **target) {
    const options_t *o = m->o;
    char url[600];
    int n;
    escape(o->queue_url, url, sizeof url);
    *target = "";
    switch (o->scenario) {
    case IDENTITY:
        return snprintf(out, (size_t)room, "Action=GetCallerIdentity&Version=2011-06-15");
    case CALL:
        *target = o->target;
        return snprintf(out, (size_t)room, "%s", o->content);
    case ECHO:
        return message_text(m, c, 0, out, (size_t)room);
    case FIFO:
    case FILL:
        *target = "AmazonSQS.SendMessageBatch";
        return batch_body(m, c, url, out, room);
    default:
        break;
    }
    switch (kind_of(o, c)) {
    case K_SEND:
        *target = "AmazonSQS.SendMessage";
        n = snprintf(out, (size_t)room, "{\"QueueUrl\":\"%s\",\"MessageBody\":\"", url);
        n += message_text(m, c, 0, out + n, (size_t)(room - n));
        return n + snprintf(out + n, (size_t)(room - n), "\"}");
    case K_RECEIVE:
        *target = "AmazonSQS.ReceiveMessage";
        return snprintf(out, (size_t)room,
                        "{\"QueueUrl\":\"%s\",\"MaxNumberOfMessages\":1,\"VisibilityTimeout\":600,"
                        "\"WaitTimeSeconds\":%d}",
                        url, o->scenario == LONGPOLL ? o->wait_seconds : 0);
    default:
        *target = "AmazonSQS.DeleteMessage";
        return snprintf(out, (size_t)room, "{\"QueueUrl\":\"%s\",\"ReceiptHandle\":\"%s\"}", url, c->handle);
    }
}

/* Write the head of a request with these fields, signed now. Its length. */
static size_t make_head(maker_t *m, const signable_t *r, uint64_t length, char *out) {
    char authorization[800];
    size_t n = (size_t)snprintf(out, OUT_ROOM, "%s %s%s%s HTTP/1.1\r\n", r->method, r->path, *r->query ? "?" : "",
                                r->query);
    for (int i = 0; i < r->count; i++)
        n += (size_t)snprintf(out + n, OUT_ROOM - n, "%s: %s\r\n", r->fields[i].name, r->fields[i].value);
    if (!m->o->raw) {
        signer_sign(&m->signer, r, authorization, sizeof authorization);
        n += (size_t)snprintf(out + n, OUT_ROOM - n, "authorization: %s\r\n", authorization);
    }
    if (length || strcmp(r->method, "GET"))
        n += (size_t)snprintf(out + n, OUT_ROOM - n, "content-length: %llu\r\n", (unsigned long long)length);
    return n + (size_t)snprintf(out + n, OUT_ROOM - n, "\r\n");
}

/* The same request would have the same signature twice within a second, but for this header. */
static field_t make_invocation(const maker_t *m, const connection_t *c) {
    static char invocation[64];
    snprintf(invocation, sizeof invocation, "%s-%d-%llx", m->nonce, c->id, (unsigned long long)c->serial);
    return (field_t){"amz-sdk-invocation-id", invocation};
}

/* Put or get the next object, or ask the one request of REST: the body of a put is the content, sent piece by piece. */
static void make_rest(maker_t *m, connection_t *c) {
    const options_t *o = m->o;
    char path[1200];
    field_t fields[6];
    int count = 0, n = snprintf(path, sizeof path, "%s", o->path);
    signable_t request = {.path = path, .query = o->query, .hash = m->payload_hash, .fields = fields};
    size_t length = o->scenario == REST ? strlen(o->content) : 0;
    if (o->scenario != REST) {
        unsigned long long key = o->first + m->asked++ * o->stride % o->keys;
        snprintf(path + n, sizeof path - (size_t)n, "%02llu/%08llu", key % 100, key);
    }
    request.method = o->scenario == PUT ? "PUT" : o->scenario == GET ? "GET" : o->method;
    if (o->scenario == PUT && !o->payload)
        request.hash = "UNSIGNED-PAYLOAD";
    c->upload = o->scenario == PUT ? o->bytes : 0;
    c->upload_done = 0;
    c->downloads = o->scenario == GET;
    c->body = (content_t){0};
    fields[count++] = make_invocation(m, c);
    fields[count++] = (field_t){"host", m->host};
    if (*m->extra_name && strcmp(m->extra_name, "x-amz-content-sha256") < 0)
        fields[count++] = (field_t){m->extra_name, m->extra_value};
    fields[count++] = (field_t){"x-amz-content-sha256", request.hash};
    fields[count++] = (field_t){"x-amz-date", m->signer.instant};
    if (*m->extra_name && strcmp(m->extra_name, "x-amz-content-sha256") > 0)
        fields[count++] = (field_t){m->extra_name, m->extra_value};
    request.count = count;
    c->out_length = make_head(m, &request, length + c->upload, c->out);
    memcpy(c->out + c->out_length, o->content, length);
    c->out_length += length;
}

static void make_call(maker_t *m, connection_t *c) {
    static char body[OUT_ROOM - 4096];
    char hash[65];
    uint8_t digest[32];
    const char *target;
    field_t fields[5];
    int count = 0, length = make_body(m, c, body, sizeof body, &target);
    int query = m->o->scenario == IDENTITY;
    const char *type = query ? "application/x-www-form-urlencoded; charset=utf-8" : "application/x-amz-json-1.0";
    if (query) /* its body never differs */
        fields[count++] = make_invocation(m, c);
    fields[count++] = (field_t){"content-type", type};
    fields[count++] = (field_t){"host", m->host};
    fields[count++] = (field_t){"x-amz-date", m->signer.instant};
    if (*target)
        fields[count++] = (field_t){"x-amz-target", target};
    sha256(body, (size_t)length, digest);
    hex32(digest, hash);
    signable_t request = {"POST", "/", "", hash, fields, count};
    c->out_length = make_head(m, &request, (uint64_t)length, c->out);
    memcpy(c->out + c->out_length, body, (size_t)length);
    c->out_length += (size_t)length;
}

/* Fill the connection's buffer with its next request, signed now. */
static void make_request(maker_t *m, connection_t *c) {
    c->serial++;
    c->out_done = 0;
    signer_tick(&m->signer, time(NULL));
    if (m->o->scenario >= PUT)
        make_rest(m, c);
    else
        make_call(m, c);
}

/* Copy the JSON string that follows `"name":`, still escaped. 1 when it was there and fits. */
static int json_string(const char *body, size_t length, const char *name, char *out, size_t room) {
    char quoted[64];
    size_t n = (size_t)snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *p = length ? memmem(body, length, quoted, n) : NULL, *end = body + length, *from;
    if (!p)
        return 0;
    for (p += n; p < end && *p != '"'; p++)
        if (*p != ':' && *p != ' ' && *p != '\n' && *p != '\r' && *p != '\t')
            return 0;
    for (from = ++p; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    if (p >= end || (size_t)(p - from) >= room)
        return 0;
    memcpy(out, from, (size_t)(p - from));
    out[p - from] = 0;
    return 1;
}

/* What a good answer must hold, and what it must not. */
static const char *must_hold(const options_t *o, kind_t kind) {
    return *o->must                   ? o->must
           : o->scenario == IDENTITY  ? "GetCallerIdentityResult"
           : kind == K_SEND           ? "\"MessageId\""
                                      : NULL;
}

static const char *must_not_hold(const options_t *o) {
    return o->scenario == FIFO || o->scenario == FILL ? "\"SenderFault\"" : NULL;
}

/* Whether a 2xx answer is the right one. */
static int is_right(const options_t *o, const connection_t *c, const answer_t *a) {
    if (o->scenario == GET)
        return c->body.under_way && c->body.length == o->bytes && !c->body.wrong;
    if (o->scenario == PUT) {
        const char *etag = field_of(c->in, c->head_length, "etag");
        return etag && !strncmp(etag, o->etag, strlen(o->etag));
    }
    const char *must = must_hold(o, kind_of(o, c)), *never = must_not_hold(o);
    return !(must && !(a->length && memmem(a->body, a->length, must, strlen(must)))) &&
           !(never && a->length && memmem(a->body, a->length, never, strlen(never)));
}

#endif
