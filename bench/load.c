/* A load generator that signs: AWS requests over HTTP/1.1 keep-alive connections, one thread, epoll.

   Build: cc -O2 -o load bench/load.c       Linux; nothing but the C library.

   Every request is made and signed anew (Signature Version 4), every answer is read whole and checked: a status that
   is not 2xx, or an answer without what it must hold, is an error and is shown. The loop is closed: each connection
   asks again once it was answered, so that latencies are those of the stated number of connections. */
#define _GNU_SOURCE
#include <netdb.h>
#include <signal.h>
#include <sys/resource.h>

#include "load/latency.h"
#include "load/options.h"
#include "load/report.h"

enum { GIVE_UP = 200, EMPTY_ENDS = 5 };

static const uint64_t SECOND = 1000000000u, LOST_AFTER = 5000000000u, GRACE = 1000000000u;

typedef struct {
    options_t o;
    maker_t maker;
    tally_t tally;
    connection_t *all;
    int count, epoll, busy, stopping;
    uint64_t issued, began, deadline, last; /* ns */
    struct sockaddr_storage to;
    socklen_t to_length;
    connection_t *sender;            /* longpoll: the one that feeds the waiting others */
    int sent, woken;                 /* longpoll: the message under way was acknowledged, was received */
    uint64_t sent_at;
} run_t;

static void stop(run_t *r) { r->stopping = 1; }

/* A connection broke, or was closed after its answer. Open it anew. 0 when that failed too. */
static int reopen(run_t *r, connection_t *c) {
    connection_close(c);
    if (!connection_open(c, (struct sockaddr *)&r->to, r->to_length, r->epoll))
        return 1;
    r->tally.broken++;
    tally_error(&r->tally, 0, strerror(errno), strlen(strerror(errno)));
    return 0;
}

/* Send the connection's next request, unless the run is over. */
static void begin(run_t *r, connection_t *c) {
    if (r->stopping || (r->o.requests && r->issued >= r->o.requests))
        return;
    if (c->fd < 0 && !reopen(r, c))
        return;
    make_request(&r->maker, c);
    c->in_length = c->head_length = 0;
    c->began = now_ns();
    c->busy = 1;
    r->busy++;
    r->issued++;
    connection_flush(c, r->epoll); /* where the peer has gone, reading says so */
}

static void feed(run_t *r) {
    if (r->sender->busy || !r->sent || !r->woken)
        return;
    r->sent = r->woken = 0;
    r->sent_at = now_ns();
    begin(r, r->sender);
}

static void record(run_t *r, kind_t kind, uint64_t ns, uint64_t now) {
    if (now < r->began || now >= r->deadline)
        return;
    latency_add(&r->tally.kind[kind], ns);
    r->tally.requests++;
    r->last = now;
}

/* A waiter of the long-poll scenario was answered: with the message under way, or empty after its wait. */
static void finish_wait(run_t *r, connection_t *c, const answer_t *a, uint64_t now) {
    const char *p = a->length ? memmem(a->body, a->length, r->maker.nonce, strlen(r->maker.nonce)) : NULL;
    const char *stamp = p ? memmem(p, a->length - (size_t)(p - a->body), "t=", 2) : NULL;
    if (stamp) {
        uint64_t then = strtoull(stamp + 2, NULL, 10);
        if (then >= r->sent_at && then <= now)
            r->woken = 1;
        if (now >= r->began && now < r->deadline)
            latency_add(&r->tally.kind[K_WAKE], now - then), r->last = now, r->tally.requests++;
    } else {
        r->tally.empty++;
    }
    begin(r, c);
}

/* Choose what the connection asks next. 0: nothing more. */
static int advance(run_t *r, connection_t *c, kind_t kind, const answer_t *a) {
    if (kind == K_RECEIVE) {
        if (json_string(a->body, a->length, "ReceiptHandle", c->handle, HANDLE_ROOM)) {
            c->step++;
            c->empty = 0;
            return 1;
        }
        r->tally.empty++;
        if (r->o.scenario == CYCLE)
            c->step = 0;
        return r->o.scenario == CYCLE || ++c->empty < EMPTY_ENDS;
    }
    if (r->o.scenario == CYCLE)
        c->step = (c->step + 1) % 3;
    else if (r->o.scenario == DRAIN)
        c->step = 0;
    return 1;
}

static void finish(run_t *r, connection_t *c, const answer_t *a) {
    uint64_t now = now_ns();
    kind_t kind = kind_of(&r->o, c);
    int good = a->status >= 200 && a->status < 300, more = 1;
    c->busy = 0;
    r->busy--;
    if (good && !is_right(&r->o, c, a)) {
        good = 0;
        r->tally.wrong++;
    }
    if (!good) {
        if (c->body.under_way)
            tally_error(&r->tally, a->status, "the object's bytes are not what was put", 39);
        else if (a->length)
            tally_error(&r->tally, a->status, a->body, a->length);
        else
            tally_error(&r->tally, a->status, c->in, c->head_length);
        c->step = r->o.scenario == LONGPOLL ? c->step : 0;
        if (r->tally.errors > GIVE_UP && r->tally.errors > r->tally.requests)
            stop(r);
    } else if (r->o.scenario != LONGPOLL || c == r->sender) {
        record(r, kind, now - c->began, now);
        more = r->o.scenario == LONGPOLL || advance(r, c, kind, a);
    }
    if (!a->keep_alive || connection_unsent(c)) {
        r->tally.reconnects++;
        if (!reopen(r, c))
            return;
    }
    if (c == r->sender) {
        r->sent = 1;
        r->woken |= !good;
    } else if (good && r->o.scenario == LONGPOLL)
        finish_wait(r, c, a, now);
    else if (more)
        begin(r, c);
}

static void broken(run_t *r, connection_t *c, const char *why) {
    int lost = c->busy;
    if (lost)
        r->busy--;
    connection_close(c);
    if (!lost || r->stopping)
        return;
    r->tally.broken++;
    tally_error(&r->tally, 0, why, strlen(why));
    if (r->tally.errors > GIVE_UP && r->tally.errors > r->tally.requests)
        stop(r);
    if (r->o.scenario != LONGPOLL)
        c->step = 0;
    begin(r, c);
}

static void ready(run_t *r, connection_t *c, uint32_t events) {
    answer_t answer = {0};
    if (c->fd < 0)
        return;
    if ((events & EPOLLOUT) && connection_flush(c, r->epoll) < 0) {
        broken(r, c, "the connection broke while sending");
        return;
    }
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    int got = connection_read(c);
    if (!got)
        return;
    switch (connection_answer(c, got < 0, &answer)) {
    case WHOLE:
        if (c->busy) {
            answer.keep_alive &= got > 0;
            finish(r, c, &answer);
            return;
        }
        /* fall through */
    case BROKEN:
        broken(r, c, got < 0 ? "the connection was closed without an answer" : "the answer is not HTTP/1.1");
        return;
    case PART:
        if (got < 0)
            broken(r, c, "the connection was closed within an answer");
    }
}

static int prepare(run_t *r) {
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (getaddrinfo(r->o.host, r->o.port, &hints, &found))
        return 0;
    memcpy(&r->to, found->ai_addr, found->ai_addrlen);
    r->to_length = found->ai_addrlen;
    freeaddrinfo(found);
    maker_start(&r->maker, &r->o);
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    r->count = r->o.connections + (r->o.scenario == LONGPOLL);
    r->all = calloc((size_t)r->count, sizeof *r->all);
    for (int i = 0; r->all && i < r->count; i++) {
        connection_t *c = &r->all[i];
        c->id = i;
        c->fd = -1;
        c->in_room = 8192;
        c->out = malloc(OUT_ROOM);
        c->in = malloc(c->in_room + 1);
        c->handle = calloc(1, HANDLE_ROOM);
        if (!c->out || !c->in || !c->handle)
            return 0;
    }
    return r->all != NULL && r->epoll >= 0;
}

static int connect_all(run_t *r) {
    for (int i = 0; i < r->count; i++)
        if (connection_open(&r->all[i], (struct sockaddr *)&r->to, r->to_length, r->epoll)) {
            fprintf(stderr, "connection %d to %s:%s: %s\n", i, r->o.host, r->o.port, strerror(errno));
            return 0;
        }
    if (r->o.scenario == LONGPOLL) {
        r->sender = &r->all[r->count - 1];
        r->sender->step = 1;
    }
    return 1;
}

/* Long polls: feed the next message; count one that reached nobody as lost. */
static void tick_longpoll(run_t *r, uint64_t now) {
    if (now < r->began)
        return;
    if (!r->sent_at)
        r->sent = r->woken = 1;
    else if (!r->woken && now - r->sent_at > LOST_AFTER) {
        r->tally.lost++;
        r->woken = 1;
    }
    feed(r);
}

static double processor_time(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void run(run_t *r) {
    struct epoll_event events[256];
    uint64_t start = now_ns();
    double before = processor_time();
    r->began = start + (uint64_t)(r->o.warmup * (double)SECOND);
    r->deadline = r->began + (uint64_t)(r->o.seconds * (double)SECOND);
    for (int i = 0; i < r->count; i++)
        if (&r->all[i] != r->sender)
            begin(r, &r->all[i]);
    for (uint64_t now = start; r->busy && now < r->deadline + GRACE; now = now_ns()) {
        if (now >= r->deadline)
            stop(r);
        if (r->stopping && r->sender)
            break; /* waiters need not be waited for */
        if (r->sender)
            tick_longpoll(r, now);
        int n = epoll_wait(r->epoll, events, 256, 20);
        for (int i = 0; i < n; i++)
            ready(r, events[i].data.ptr, events[i].events);
    }
    r->tally.own = (processor_time() - before) * (double)SECOND / (double)(now_ns() - start + 1);
    uint64_t end = r->stopping && now_ns() >= r->deadline ? r->deadline : r->last;
    r->tally.seconds = end > r->began ? (double)(end - r->began) / (double)SECOND : 0;
}

/* One request; its answer's body goes to standard output. */
static int call(run_t *r) {
    connection_t *c = r->all;
    answer_t answer = {0};
    parsed_t parsed = PART;
    r->deadline = now_ns() + (uint64_t)(r->o.seconds * (double)SECOND);
    begin(r, c);
    while (parsed == PART && now_ns() < r->deadline) {
        struct epoll_event event;
        if (epoll_wait(r->epoll, &event, 1, 20) < 1)
            continue;
        int got = connection_flush(c, r->epoll) < 0 ? -1 : connection_read(c);
        parsed = connection_answer(c, got < 0, &answer);
    }
    if (parsed != WHOLE) {
        fprintf(stderr, "no answer\n");
        return 1;
    }
    printf("%.*s\n", (int)answer.length, answer.body);
    if (answer.status < 200 || answer.status > 299)
        fprintf(stderr, "status %d\n", answer.status);
    return answer.status < 200 || answer.status > 299;
}

/* The known answers of FIPS 180-4 and RFC 4231, and the two ways of computing agree on every length. */
static int self_test(void) {
    uint8_t digest[32], data[400];
    char hex[65];
    hmac_t mac;
    int good = 1;
    sha256("abc", 3, digest);
    hex32(digest, hex);
    good &= !strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hmac_key(&mac, "Jefe", 4);
    hmac(&mac, "what do ya want for nothing?", 28, digest);
    hex32(digest, hex);
    good &= !strcmp(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 131 + 7);
    for (size_t blocks = 1; blocks <= 6; blocks++) {
        uint32_t one[8], two[8];
        memcpy(one, SHA256_START, sizeof one);
        memcpy(two, SHA256_START, sizeof two);
        sha256_blocks(one, data, blocks);
        sha256_blocks_portable(two, data, blocks);
        good &= !memcmp(one, two, sizeof one);
    }
    puts(good ? "good" : "WRONG");
    return !good;
}

int main(int argc, char **argv) {
    static run_t r;
    action_t action = options_read(&r.o, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    if (action == WRONG) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (action == SELF_TEST)
        return self_test();
    if (!prepare(&r)) {
        fprintf(stderr, "%s:%s: cannot prepare\n", r.o.host, r.o.port);
        return 1;
    }
    if (action == PRINT) {
        make_request(&r.maker, r.all);
        return fwrite(r.all->out, 1, r.all->out_length, stdout) != r.all->out_length;
    }
    if (!connect_all(&r))
        return 1;
    if (r.o.once)
        return call(&r);
    run(&r);
    if (r.o.json)
        report_json(&r.tally, &r.o);
    else
        report_text(&r.tally, &r.o);
    return r.tally.errors ? 3 : 0;
}
