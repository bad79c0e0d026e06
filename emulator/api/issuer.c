/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "acm.h"
#include "base64.h"
#include "call.h"
#include "documents.h"
#include "json.h"

#define AUTHORITY "authority" /* no hash is as short */

/* ---- certificates in the store: {"arn": ..., "names": [...], "chain": ..., "key": ...} ---- */

static const char *hash_name(struct arena *arena, const char *arn)
{
    unsigned char hash[HASH_SIZE];
    struct buffer text = {0};
    hash_sha256(bytes_of(arn), hash);
    base64url_encode(&text, (struct bytes){(const char *)hash, HASH_SIZE});
    const char *name = arena_copy(arena, buffer_bytes(&text));
    buffer_clear(&text);
    return name;
}

/* The tree is the caller's. arn NULL: the authority's. ERR_NOT_FOUND. */
static enum status read_tree(struct store_txn *txn, const char *name, const char *arn,
                             struct cJSON **out)
{
    struct bytes text;
    struct json_fault fault;
    enum status status = store_document(txn, DOCUMENT_CERTIFICATE, 0, name, &text);
    if (status != OK)
        return status;
    struct cJSON *tree = json_parse(text, &fault);
    if (!tree)
        return ERR_INTERNAL;
    if (arn && strcmp(json_string(tree, "arn"), arn) != 0) {
        json_free(tree);
        return ERR_NOT_FOUND;
    }
    *out = tree;
    return OK;
}

/* Consumes the tree. */
static enum status put_tree(struct store_txn *txn, const char *name, struct cJSON *tree,
                            const struct certificate *certificate)
{
    struct buffer text = {0};
    json_add_string(tree, "chain", certificate->chain);
    json_add_string(tree, "key", certificate->key);
    json_print(&text, tree);
    json_free(tree);
    enum status status =
        store_document_put(txn, DOCUMENT_CERTIFICATE, 0, name, buffer_bytes(&text));
    buffer_clear(&text);
    return status;
}

enum status issuer_find(struct store_txn *txn, struct arena *arena, const char *arn,
                        struct certificate *out)
{
    struct cJSON *tree;
    enum status status = read_tree(txn, arn ? hash_name(arena, arn) : AUTHORITY, arn, &tree);
    if (status != OK)
        return status;
    *out = (struct certificate){arena_copy(arena, bytes_of(json_string(tree, "chain"))),
                                arena_copy(arena, bytes_of(json_string(tree, "key")))};
    json_free(tree);
    return OK;
}

/* Finds the authority; the first time makes it. */
static enum status need_authority(struct store_txn *txn, struct arena *arena,
                                  struct certificate *out)
{
    enum status status = issuer_find(txn, arena, NULL, out);
    if (status != ERR_NOT_FOUND)
        return status;
    if (!x509_make_authority(arena, out))
        return ERR_INTERNAL;
    return put_tree(txn, AUTHORITY, json_new_object(), out);
}

/* ---- what changes ---- */

struct change {
    struct call *call;
    uint64_t id;
    const char *name; /* of the row, to be in the certificate; NULL: the row names none any more */
    enum status status;
};

/* A user has a document under each ARN that it names: its own name, empty if it has none. */
static enum status note_user(struct change *change, const char *hash)
{
    struct store_txn *txn = change->call->txn;
    const char *user = arena_printf(change->call->arena, "%s/%" PRIu64, hash, change->id);
    return change->name
               ? store_document_put(txn, DOCUMENT_CERTIFICATE_USER, 0, user, bytes_of(change->name))
               : store_document_delete(txn, DOCUMENT_CERTIFICATE_USER, 0, user);
}

static void note(void *context, const char *arn, bool is_authority)
{
    struct change *change = context;
    struct call *call = change->call;
    struct certificate authority;
    if (change->status != OK)
        return;
    if (is_authority) {
        if (change->name) /* else it was made when the old spec came */
            change->status = need_authority(call->txn, call->arena, &authority);
        return;
    }
    const char *hash = hash_name(call->arena, arn);
    change->status = note_user(change, hash);
    if (change->status == OK)
        change->status =
            store_document_put(call->txn, DOCUMENT_CERTIFICATE_STALE, 0, hash, bytes_of(arn));
}

enum status issuer_change(struct call *call, uint64_t id, const struct cJSON *old_spec,
                          const struct cJSON *new_spec)
{
    struct change change = {call, id, NULL, OK};
    acm_walk(old_spec, note, &change);
    change.name = spec_certificate_name(call->arena, new_spec);
    if (!change.name)
        change.name = "";
    acm_walk(new_spec, note, &change);
    return change.status;
}

/* ---- issuing ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
    const char **items;
    size_t count, capacity;
    bool is_used; /* by somebody, with a name or without */
};

static void add_name(struct names *names, const char *name)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? 2 * names->capacity : 16;
        names->items = memory_resize(names->items, names->capacity * sizeof *names->items);
    }
    names->items[names->count++] = name;
}

/* Sorted, each once. The caller frees items. */
static enum status read_names(struct store_txn *txn, struct arena *arena, const char *hash,
                              struct names *out)
{
    struct document_scan scan;
    struct names all = {0};
    const char *prefix = arena_printf(arena, "%s/", hash);
    document_scan_begin(&scan, txn, DOCUMENT_CERTIFICATE_USER, 0, prefix, NULL);
    for (; document_scan_next(&scan); all.is_used = true)
        if (scan.value.size > 0)
            add_name(&all, arena_copy(arena, scan.value));
    if (all.count > 0)
        qsort(all.items, all.count, sizeof *all.items, by_text);
    *out = all;
    out->count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
            out->items[out->count++] = all.items[i];
    return document_scan_end(&scan);
}

static struct cJSON *tree_of(const char *arn, const struct names *names)
{
    struct cJSON *tree = json_new_object();
    json_add_string(tree, "arn", arn);
    struct cJSON *list = json_add_array(tree, "names");
    for (size_t i = 0; i < names->count; i++)
        json_append(list, json_new_string(names->items[i]));
    return tree;
}

/* Whether what was issued before still has the right names. */
static enum status is_current(struct store_txn *txn, const char *hash, const char *arn,
                              const struct cJSON *wanted, bool *out)
{
    struct cJSON *tree;
    enum status status = read_tree(txn, hash, arn, &tree);
    *out = false;
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    *out = json_equal(json_member(tree, "names"), json_member(wanted, "names"));
    json_free(tree);
    return OK;
}

/* Consumes the tree. */
static enum status issue(struct store_txn *txn, struct arena *arena, const char *hash,
                         const char *arn, const struct names *names, struct cJSON *tree)
{
    struct certificate authority, certificate;
    enum status status = need_authority(txn, arena, &authority);
    if (status == OK && !x509_issue(arena, &authority, names->items, names->count, &certificate))
        status = ERR_INTERNAL;
    if (status != OK) {
        json_free(tree);
        return status;
    }
    store_note_certificate(txn, arn);
    return put_tree(txn, hash, tree, &certificate);
}

static enum status renew(struct store_txn *txn, struct arena *arena, const char *hash,
                         const char *arn)
{
    struct names names;
    bool is_fine = true;
    struct cJSON *tree = NULL;
    enum status status = read_names(txn, arena, hash, &names);
    if (status == OK && names.is_used) {
        tree = tree_of(arn, &names);
        status = is_current(txn, hash, arn, tree, &is_fine);
    }
    if (status == OK && !is_fine)
        status = issue(txn, arena, hash, arn, &names, tree);
    else
        json_free(tree);
    free(names.items);
    return status;
}

/* The first that is stale; ERR_NOT_FOUND if none is. */
static enum status first_stale(struct store_txn *txn, struct arena *arena, const char **out_hash,
                               const char **out_arn)
{
    struct document_scan scan;
    document_scan_begin(&scan, txn, DOCUMENT_CERTIFICATE_STALE, 0, "", NULL);
    bool is_one = document_scan_next(&scan);
    if (is_one) {
        *out_hash = arena_copy(arena, bytes_of(scan.name));
        *out_arn = arena_copy(arena, scan.value);
    }
    enum status status = document_scan_end(&scan);
    return status == OK && !is_one ? ERR_NOT_FOUND : status;
}

enum status issuer_issue(struct store_txn *txn)
{
    enum status status = OK;
    while (status == OK) {
        struct arena arena = {0};
        const char *hash, *arn;
        status = first_stale(txn, &arena, &hash, &arn);
        if (status == OK)
            status = renew(txn, &arena, hash, arn);
        if (status == OK)
            status = store_document_delete(txn, DOCUMENT_CERTIFICATE_STALE, 0, hash);
        arena_clear(&arena);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}
