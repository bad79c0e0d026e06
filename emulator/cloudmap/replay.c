/* SPDX-License-Identifier: Apache-2.0
 *
 * Actions that come from files rather than requests.
 */
#include "actions.h"
#include "cloudmap.h"
#include "ids.h"
#include "labels.h"
#include "rows.h"

/* ---- names in the place of ids ---- */

/* "namespace/service": a service's name holds no slash. */
static enum status id_of_service(struct invocation *call, const char *text, const char **out)
{
    struct cJSON *row;
    const char *slash = strrchr(text, '/');
    if (!slash)
        return ERR_NOT_FOUND;
    struct bytes name = {text, (size_t)(slash - text)};
    enum status status =
        index_load(call, INDEX_HTTP_NAME, arena_copy(call->arena, name), DOCUMENT_NAMESPACE, &row);
    return status == OK ? index_find(call, INDEX_SERVICE,
                                     service_index_text(call->arena, row, slash + 1), out)
                        : status;
}

/* Leaves what is no name as it is: the action has words for it. */
static void resolve(struct invocation *call, const char *member)
{
    const char *text = input_text(call, member), *id;
    if (!text)
        return;
    enum status status = id_of_service(call, text, &id);
    if (status == ERR_NOT_FOUND)
        status = index_find(call, INDEX_HTTP_NAME, text, &id);
    if (status == OK)
        row_set_text(call->input, member, id);
}

static enum status run(struct invocation *call, struct store_txn *txn)
{
    static const char *const members[] = {"Id", "NamespaceId", "ServiceId"};
    call->txn = txn;
    enum status status = store_scope_make(txn, &call->scope, &call->place);
    for (size_t i = 0; status == OK && i < COUNT(members); i++)
        resolve(call, members[i]);
    if (status == OK)
        status = invocation_check(call, call->action->input, call->input, "");
    return status == OK ? invocation_run(call, txn) : status;
}

enum status cloudmap_replay(struct store *store, struct store_txn *txn, const struct scope *scope,
                            const char *action, struct cJSON *input, struct error *error)
{
    struct invocation call;
    const struct action *row = action_named(action);
    if (!row) {
        json_free(input);
        return error_set(error, ERR_UNKNOWN_TARGET, "No operation of Cloud Map is called %s",
                         action);
    }
    invocation_init(&call, store, error->arena, scope, row, input);
    enum status status = run(&call, txn);
    if (status == OK && call.failure_code)
        status = error_set(&call.error, ERR_INVALID_INPUT, "%s: %s", call.failure_code,
                           call.failure_message);
    if (status != OK && call.error.message)
        error_set(error, status, "%s", call.error.message);
    invocation_clear(&call);
    return status;
}

/* ---- tags of a state document ---- */

bool cloudmap_has_arn(const char *arn)
{
    const char *service = strstr(arn, ":servicediscovery:");
    return service && strncmp(arn, "arn:", 4) == 0 &&
           !memchr(arn + 4, ':', (size_t)(service - arn - 4));
}

enum status cloudmap_import_tags(struct store *store, struct store_txn *txn,
                                 const struct scope *scope, const char *arn,
                                 const struct cJSON *tags, struct error *error)
{
    struct cJSON *input = json_new_object();
    json_add_string(input, "ResourceARN", arn);
    if (json_type(tags) == JSON_ARRAY)
        labels_show(tags, json_add_array(input, "Tags"));
    else
        json_add(input, "Tags", json_copy(tags)); /* for the shape to refuse */
    return cloudmap_replay(store, txn, scope, "TagResource", input, error);
}
