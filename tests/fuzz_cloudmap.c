/* SPDX-License-Identifier: Apache-2.0
 *
 * Any JSON as the input of each action of Cloud Map, against a store that holds a namespace, a
 * service and an instance: first by its first byte, then what follows. What a client did wrong must
 * have words, and the store must print and take its own state again.
 */
#include <assert.h>
#include <stdint.h>

#include "actions.h"
#include "cloudmap.h"
#include "log.h"
#include "store.h"

#define SCOPE ((struct scope){"123456789012", "us-west-2"})

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct store *store;

static const char state[] =
    "{\"namespaces\":[{\"Id\":\"ns-a\",\"Name\":\"n.n\",\"Type\":\"DNS_PUBLIC\"}],"
    "\"services\":[{\"Id\":\"srv-a\",\"Name\":\"s\",\"NamespaceId\":\"ns-a\","
    "\"HealthCheckCustomConfig\":{},\"DnsConfig\":{\"DnsRecords\":[{\"Type\":\"A\",\"TTL\":1}]}}],"
    "\"instances\":[{\"ServiceId\":\"srv-a\",\"Id\":\"i\","
    "\"Attributes\":{\"AWS_INSTANCE_IPV4\":\"10.0.0.1\"}}]}";

static void fill(struct store_txn *txn)
{
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    struct json_fault fault;
    struct cJSON *document = json_parse(bytes_of(state), &fault);
    const enum status status = cloudmap_import(store, txn, &SCOPE, document, "cloudMap", &error);
    assert(status == OK);
    (void)status;
    json_free(document);
    arena_clear(&arena);
}

static void open_store(void)
{
    static struct arena arena;
    const struct store_options options = {
        .directory = "/tmp", .is_memory = true, .map_size = (uint64_t)1 << 30};
    const char *reason;
    struct store_txn *txn;
    log_configure(LOG_OFF, LOG_TEXT);
    store = store_open(&options, &arena, &reason);
    assert(store && store_begin(store, &txn) == OK);
    fill(txn);
    const enum status status = store_end(txn, OK);
    assert(status == OK);
    (void)status;
}

/* The state as it is printed, put in the place of itself: the same again. */
static void check_state(struct store_txn *txn)
{
    struct buffer before = {0}, after = {0};
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    struct json_fault fault;
    uint64_t scope;
    enum status status = store_scope(txn, &SCOPE, &scope);
    if (status == OK)
        status = cloudmap_print(txn, scope, &before);
    struct cJSON *document = json_parse(buffer_bytes(&before), &fault);
    if (status == OK)
        status = store_reset(txn);
    if (status == OK)
        status = cloudmap_import(store, txn, &SCOPE, document, "cloudMap", &error);
    if (status == OK && store_scope(txn, &SCOPE, &scope) == OK)
        status = cloudmap_print(txn, scope, &after);
    assert(status == OK && bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    json_free(document);
    buffer_clear(&before);
    buffer_clear(&after);
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_fault fault;
    struct store_txn *txn;
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    if (!store)
        open_store();
    struct cJSON *input =
        size > 1 ? json_parse((struct bytes){(const char *)data + 1, size - 1}, &fault) : NULL;
    if (!input || json_type(input) != JSON_OBJECT) {
        json_free(input);
        return 0;
    }
    if (store_begin(store, &txn) != OK)
        return 0;
    const enum status status =
        cloudmap_replay(store, txn, &SCOPE, actions[data[0] % ACTION_COUNT].name, input, &error);
    assert((status == OK) == (error.message == NULL));
    if (status == OK)
        check_state(txn);
    (void)store_end(txn, ERR_INTERNAL); /* the next input finds the store as it was */
    arena_clear(&arena);
    return 0;
}
