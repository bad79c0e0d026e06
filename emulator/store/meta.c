/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include "random.h"
#include "tables.h"

static struct key named(const char *name)
{
    struct key key = {0};
    key_text(&key, name);
    return key;
}

static enum status get(struct store_txn *txn, const char *name, size_t size, struct bytes *out)
{
    const struct key key = named(name);
    const enum status status = table_get(txn, TABLE_META, &key, out);
    return status == OK && out->size != size ? ERR_NOT_FOUND : status;
}

static enum status get_number(struct store_txn *txn, const char *name, uint64_t *out)
{
    struct bytes value;
    const enum status status = get(txn, name, sizeof *out, &value);
    if (status == OK)
        *out = key_read_number(value.data);
    return status;
}

static enum status put_number(struct store_txn *txn, const char *name, uint64_t number)
{
    const struct key key = named(name), value = key_of_id(number);
    return table_put(txn, TABLE_META, &key, key_bytes(&value));
}

static enum status get_secret(struct store_txn *txn)
{
    struct bytes value;
    const enum status status = get(txn, "secret", SECRET_SIZE, &value);
    if (status == OK)
        memcpy(txn->store->secret, value.data, SECRET_SIZE);
    return status;
}

static enum status put_secret(struct store_txn *txn)
{
    const struct key key = named("secret");
    random_bytes(txn->store->secret, SECRET_SIZE);
    return table_put(txn, TABLE_META, &key, store_secret(txn->store));
}

enum status meta_load(struct store_txn *txn, uint64_t *out_format)
{
    struct store *store = txn->store;
    enum status status = get_number(txn, "format", out_format);
    if (status != OK || *out_format != META_FORMAT)
        return status;
    status = get_number(txn, "next", &store->next_id);
    store->saved_next_id = store->next_id;
    return status == OK ? get_secret(txn) : status;
}

enum status meta_make(struct store_txn *txn)
{
    txn->store->next_id = 1; /* 0 stands for none yet */
    enum status status = put_number(txn, "format", META_FORMAT);
    if (status == OK)
        status = meta_save_next_id(txn);
    return status == OK ? put_secret(txn) : status;
}

enum status meta_save_next_id(struct store_txn *txn)
{
    const struct store *store = txn->store;
    return store->next_id == store->saved_next_id ? OK : put_number(txn, "next", store->next_id);
}
