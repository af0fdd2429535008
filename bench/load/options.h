/* The command line. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <getopt.h>

#include "scenario.h"

static const char *const USAGE =
    "load --scenario echo|send|receive-delete|cycle|fifo-batch|fill|identity|longpoll|call|put|get|rest [options]\n"
    "  --host H --port P         where (127.0.0.1, 4566)\n"
    "  --connections N           kept alive, one request under way on each (16)\n"
    "  --seconds S               measure for at most S seconds (10)\n"
    "  --requests N              stop after N requests as well (0: no such bound)\n"
    "  --warmup S                seconds before measuring begins (0); longpoll: before the first message (1)\n"
    "  --queue-url U             for the queue scenarios\n"
    "  --size N                  bytes of a message's text, of the echo's body, or of an object (300)\n"
    "  --wait N                  longpoll: WaitTimeSeconds (20)\n"
    "  --access-key K --secret-key S --region R --service S\n"
    "  --target T --body B       call: one request, whose answer is printed\n"
    "  --path P --query Q        objects: where keys are put below; rest: path and query, in canonical form\n"
    "  --keys N --first N --stride N  objects: a ring of so many keys, from a number on, in such steps (1000, 0, 1)\n"
    "  --payload                 put: sign the body's hash instead of UNSIGNED-PAYLOAD\n"
    "  --extra NAME:VALUE        put, get, rest: one more header, in lower case\n"
    "  --etag E                  put: what every answer's ETag must be\n"
    "  --method M                rest: with --path, --query and --body, the request that is asked again and again\n"
    "  --must TEXT               what every answer's body must hold\n"
    "  --once                    one request, whose answer is printed\n"
    "  --unsigned                leave the signature out\n"
    "  --json                    print JSON\n"
    "  --print                   print one signed request and end\n"
    "  --self-test               check SHA-256 and HMAC and end\n";

typedef enum { RUN, PRINT, SELF_TEST, WRONG } action_t;

enum { O_SCENARIO = 1, O_HOST, O_PORT, O_CONNECTIONS, O_SECONDS, O_REQUESTS, O_WARMUP, O_QUEUE, O_SIZE, O_WAIT,
       O_ACCESS, O_SECRET, O_REGION, O_SERVICE, O_TARGET, O_BODY, O_UNSIGNED, O_JSON, O_PRINT, O_SELF_TEST, O_AT,
       O_QUERY, O_KEYS, O_FIRST, O_STRIDE, O_PAYLOAD, O_EXTRA, O_ETAG, O_METHOD, O_MUST, O_ONCE };

static const struct option OPTIONS[] = {
    {"scenario", 1, 0, O_SCENARIO}, {"host", 1, 0, O_HOST},           {"port", 1, 0, O_PORT},
    {"connections", 1, 0, O_CONNECTIONS}, {"seconds", 1, 0, O_SECONDS}, {"requests", 1, 0, O_REQUESTS},
    {"warmup", 1, 0, O_WARMUP},     {"queue-url", 1, 0, O_QUEUE},     {"size", 1, 0, O_SIZE},
    {"wait", 1, 0, O_WAIT},         {"access-key", 1, 0, O_ACCESS},   {"secret-key", 1, 0, O_SECRET},
    {"region", 1, 0, O_REGION},     {"service", 1, 0, O_SERVICE},     {"target", 1, 0, O_TARGET},
    {"body", 1, 0, O_BODY},         {"unsigned", 0, 0, O_UNSIGNED},   {"json", 0, 0, O_JSON},
    {"print", 0, 0, O_PRINT},       {"self-test", 0, 0, O_SELF_TEST}, {"path", 1, 0, O_AT},
    {"query", 1, 0, O_QUERY},       {"keys", 1, 0, O_KEYS},           {"first", 1, 0, O_FIRST},
    {"stride", 1, 0, O_STRIDE},     {"payload", 0, 0, O_PAYLOAD},     {"extra", 1, 0, O_EXTRA},
    {"etag", 1, 0, O_ETAG},         {"method", 1, 0, O_METHOD},       {"must", 1, 0, O_MUST},
    {"once", 0, 0, O_ONCE},         {0, 0, 0, 0}};

static int scenario_named(const char *name) {
    for (int i = 0; i < (int)(sizeof SCENARIOS / sizeof *SCENARIOS); i++)
        if (!strcmp(name, SCENARIOS[i]))
            return i;
    return -1;
}

/* Keep one option. 0 when its value makes no sense. */
static int option_take(options_t *o, int option, const char *value) {
    switch (option) {
    case O_SCENARIO: {
        int i = scenario_named(value);
        o->scenario = i < 0 ? CALL : (scenario_t)i;
        return i >= 0;
    }
    case O_HOST: o->host = value; return strlen(value) < 256;
    case O_PORT: o->port = value; return 1;
    case O_CONNECTIONS: o->connections = atoi(value); return o->connections > 0 && o->connections <= 20000;
    case O_SECONDS: o->seconds = atof(value); return o->seconds > 0 && o->seconds <= 3600;
    case O_REQUESTS: o->requests = strtoull(value, NULL, 10); return 1;
    case O_WARMUP: o->warmup = atof(value); return o->warmup >= 0 && o->warmup <= 600;
    case O_QUEUE: o->queue_url = value; return strlen(value) < 500;
    case O_SIZE: o->bytes = strtoull(value, NULL, 10); return o->bytes <= 5ull << 40;
    case O_WAIT: o->wait_seconds = atoi(value); return o->wait_seconds >= 0 && o->wait_seconds <= 20;
    case O_ACCESS: o->access_key = value; return strlen(value) < 64;
    case O_SECRET: o->secret_key = value; return strlen(value) < 60;
    case O_REGION: o->region = value; return strlen(value) < 32;
    case O_SERVICE: o->service = value; return strlen(value) < 32;
    case O_TARGET: o->target = value; return strlen(value) < 200;
    case O_BODY: o->content = value; return strlen(value) < 65536;
    case O_AT: o->path = value; return *value == '/' && strlen(value) < 1100;
    case O_QUERY: o->query = value; return strlen(value) < 2000;
    case O_KEYS: o->keys = strtoull(value, NULL, 10); return o->keys > 0;
    case O_FIRST: o->first = strtoull(value, NULL, 10); return 1;
    case O_STRIDE: o->stride = strtoull(value, NULL, 10); return o->stride > 0;
    case O_PAYLOAD: o->payload = 1; return 1;
    case O_EXTRA: o->extra = value; return strlen(value) < 500 && strchr(value, ':') != NULL;
    case O_ETAG: o->etag = value; return strlen(value) < 100;
    case O_METHOD: o->method = value; return strlen(value) < 10;
    case O_MUST: o->must = value; return 1;
    case O_ONCE: o->once = 1; return 1;
    case O_UNSIGNED: o->raw = 1; return 1;
    case O_JSON: o->json = 1; return 1;
    default: return 0;
    }
}

static action_t options_read(options_t *o, int argc, char **argv) {
    action_t action = RUN;
    *o = (options_t){.scenario = CALL, .host = "127.0.0.1", .port = "4566", .queue_url = "", .target = "",
                     .access_key = "test", .secret_key = "test", .region = "us-east-1", .connections = 16,
                     .bytes = 300, .wait_seconds = 20, .seconds = 10, .warmup = -1, .method = "GET", .path = "/",
                     .query = "", .extra = "", .etag = "", .must = "", .keys = 1000, .stride = 1};
    for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        if (option == O_PRINT)
            action = PRINT;
        else if (option == O_SELF_TEST)
            action = SELF_TEST;
        else if (!option_take(o, option, optarg))
            return WRONG;
    }
    if (o->warmup < 0)
        o->warmup = o->scenario == LONGPOLL ? 1 : 0;
    if (!o->service)
        o->service = o->scenario == IDENTITY ? "sts" : o->scenario >= PUT ? "s3" : "sqs";
    if (!o->content)
        o->content = o->scenario == CALL ? "{}" : "";
    o->once |= o->scenario == CALL;
    if (o->scenario < PUT && (!o->bytes || o->bytes > (o->scenario == FIFO || o->scenario == FILL ? 10000 : 60000)))
        return WRONG;
    o->size = o->bytes > 60000 ? 60000 : (int)o->bytes;
    return optind == argc ? action : WRONG;
}

#endif
