/* One keep-alive connection: bytes out, one HTTP/1.1 answer in. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "content.h"

enum { OUT_ROOM = 1 << 17, IN_ROOM = 1 << 20, HANDLE_ROOM = 8192 };

typedef struct {
    int fd;        /* -1: closed */
    int id;
    int step;      /* where in its scenario's round this connection is */
    int busy;      /* a request is under way */
    int empty;     /* empty answers in a row */
    int counted;   /* the request began inside the measured time */
    int want_write;
    uint64_t serial; /* requests made: makes bodies differ */
    uint64_t began;  /* ns, when the request was handed to the kernel */
    char *out;
    size_t out_length, out_done;
    uint64_t upload, upload_done; /* bytes of the content that follow what is in `out` */
    char *in;
    size_t in_length, in_room, head_length;
    int downloads;  /* a good answer's body is an object: it is checked and dropped while it comes */
    content_t body; /* that body, once its head was read */
    char *handle; /* the receipt handle, as it stood in the JSON answer: still escaped */
} connection_t;

typedef struct {
    int status, keep_alive;
    const char *body;
    size_t length;
} answer_t;

typedef enum { PART, WHOLE, BROKEN } parsed_t;

static int connection_open(connection_t *c, const struct sockaddr *to, socklen_t length, int epoll) {
    int one = 1;
    c->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return -1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, to, length) < 0) { /* blocking: loopback answers at once, and the backlog paces us */
        close(c->fd);
        c->fd = -1;
        return -1;
    }
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->want_write = 0;
    c->in_length = c->head_length = 0;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void connection_close(connection_t *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->busy = 0;
}

static int connection_unsent(const connection_t *c) {
    return c->out_done < c->out_length || c->upload_done < c->upload;
}

/* Send a piece: what is left of `out`, and what follows it of the content. As send(2). */
static ssize_t connection_send(connection_t *c) {
    struct iovec pieces[2];
    struct msghdr message = {.msg_iov = pieces};
    size_t head = c->out_length - c->out_done, n;
    if (head)
        pieces[message.msg_iovlen++] = (struct iovec){c->out + c->out_done, head};
    const char *piece = content_at(c->upload_done, c->upload, &n);
    if (n)
        pieces[message.msg_iovlen++] = (struct iovec){(void *)piece, n};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (sent > 0) {
        size_t of_head = (size_t)sent < head ? (size_t)sent : head;
        c->out_done += of_head;
        c->upload_done += (size_t)sent - of_head;
    }
    return sent;
}

/* Send what is left of the request. 0, or -1 when the peer has gone. */
static int connection_flush(connection_t *c, int epoll) {
    while (connection_unsent(c)) {
        ssize_t n = connection_send(c);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return -1;
        if (n < 0)
            break;
    }
    int want = connection_unsent(c);
    if (want != c->want_write) {
        struct epoll_event event = {.events = EPOLLIN | (want ? (uint32_t)EPOLLOUT : 0u), .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
        c->want_write = want;
    }
    return 0;
}

/* Read what has come. 1: something; 0: nothing yet; -1: the peer has closed. */
static int connection_read(connection_t *c) {
    static char sink[CONTENT_PERIOD];
    if (!c->body.under_way && c->in_room - c->in_length < 4096) {
        if (c->in_room >= IN_ROOM)
            return -1;
        c->in_room *= 2;
        c->in = realloc(c->in, c->in_room + 1);
        if (!c->in)
            abort();
    }
    int drop = content_may_drop(&c->body); /* counted by the kernel, without a copy */
    ssize_t n = drop                ? recv(c->fd, NULL, DROP_ROOM, MSG_TRUNC)
                : c->body.under_way ? recv(c->fd, sink, sizeof sink, 0)
                                    : recv(c->fd, c->in + c->in_length, c->in_room - c->in_length, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        return -1;
    if (c->body.under_way) {
        content_take(&c->body, drop ? NULL : sink, (size_t)n);
        return 1;
    }
    c->in_length += (size_t)n;
    c->in[c->in_length] = 0;
    return 1;
}

static const char *field_of(const char *head, size_t length, const char *name) {
    size_t n = strlen(name);
    for (const char *p = head, *end = head + length; p < end;) {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        if (!line)
            return NULL;
        p = line + 1;
        if ((size_t)(end - p) > n && !strncasecmp(p, name, n) && p[n] == ':') {
            p += n + 1;
            while (*p == ' ' || *p == '\t')
                p++;
            return p;
        }
    }
    return NULL;
}

/* Join the chunks in place. The length of the body, -1 when more is to come, -2 when it is not well formed. */
static ssize_t dechunk(char *body, size_t length) {
    size_t from = 0, to = 0;
    for (int copy = 0; copy < 2; copy++) { /* the first pass only looks whether all is there */
        for (from = to = 0;;) {
            char *end = memchr(body + from, '\n', length - from), *stop;
            if (!end)
                return -1;
            unsigned long size = strtoul(body + from, &stop, 16);
            if (stop == body + from || size > IN_ROOM)
                return -2;
            from = (size_t)(end - body) + 1;
            if (from + size + 2 > length)
                return -1;
            if (!size)
                break;
            if (copy)
                memmove(body + to, body + from, size);
            to += size;
            from += size + 2;
        }
    }
    return (ssize_t)to;
}

static parsed_t complete(uint64_t got, uint64_t length, int closed) {
    return got == length ? WHOLE : got > length || closed ? BROKEN : PART;
}

/* Look for a whole answer in what has come. `closed`: nothing more will come. */
static parsed_t connection_answer(connection_t *c, int closed, answer_t *a) {
    if (c->body.under_way && c->body.got < c->body.length && !closed)
        return PART;
    if (!c->head_length) {
        char *end = c->in_length ? memmem(c->in, c->in_length, "\r\n\r\n", 4) : NULL;
        if (!end)
            return closed ? BROKEN : PART;
        c->head_length = (size_t)(end - c->in) + 4;
    }
    if (c->in_length < 12 || memcmp(c->in, "HTTP/1.", 7))
        return BROKEN;
    size_t got = c->in_length - c->head_length;
    const char *field = field_of(c->in, c->head_length, "connection");
    a->status = atoi(c->in + 9);
    a->keep_alive = c->in[7] == '1' ? !(field && !strncasecmp(field, "close", 5))
                                    : field && !strncasecmp(field, "keep-alive", 10);
    a->body = c->in + c->head_length;
    if ((field = field_of(c->in, c->head_length, "content-length"))) {
        a->length = strtoul(field, NULL, 10);
        if (!c->downloads || a->status != 200)
            return complete(got, a->length, closed);
        if (!c->body.under_way) {
            c->body = (content_t){.under_way = 1, .length = a->length};
            content_take(&c->body, a->body, got);
        }
        return complete(c->body.got, c->body.length, closed);
    }
    if (a->status == 204)
        return complete(got, 0, closed);
    if ((field = field_of(c->in, c->head_length, "transfer-encoding")) && !strncasecmp(field, "chunked", 7)) {
        ssize_t n = dechunk(c->in + c->head_length, got);
        a->length = n < 0 ? 0 : (size_t)n;
        return n >= 0 ? WHOLE : n == -2 || closed ? BROKEN : PART;
    }
    a->keep_alive = 0;
    a->length = got;
    return closed ? WHOLE : PART;
}

#endif
