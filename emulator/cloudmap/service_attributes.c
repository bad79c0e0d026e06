/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of a service, which say something of it to people and programs, and nothing to Cloud
 * Map.
 */
#include "rows.h"
#include "services.h"

#define ATTRIBUTES_MAX 30 /* botocore: ServiceAttributesLimitExceededException */

static enum status find(struct invocation *call)
{
    return service_find(call, input_text(call, "ServiceId"), &call->service_row);
}

/* The row's own object, made if need be. */
static struct cJSON *attributes_of(struct cJSON *row)
{
    struct cJSON *attributes = json_member(row, "Attributes");
    return attributes ? attributes : json_add_object(row, "Attributes");
}

static enum status save(struct invocation *call)
{
    if (json_size(attributes_of(call->service_row)) == 0)
        row_set(call->service_row, "Attributes", NULL);
    return row_save(call, DOCUMENT_SERVICE, json_string(call->service_row, "Id"),
                    call->service_row);
}

enum status service_get_attributes(struct invocation *call)
{
    enum status status = find(call);
    if (status != OK)
        return status;
    struct cJSON *shown = json_add_object(call->reply, "ServiceAttributes");
    json_add_string(shown, "ServiceArn", json_string(call->service_row, "Arn"));
    json_add_string(shown, "ResourceOwner", json_string(call->service_row, "ResourceOwner"));
    json_add(shown, "Attributes", json_copy(attributes_of(call->service_row)));
    return OK;
}

enum status service_update_attributes(struct invocation *call)
{
    enum status status = find(call);
    if (status != OK)
        return status;
    struct cJSON *attributes = attributes_of(call->service_row);
    const struct cJSON *given = json_first(json_member(call->input, "Attributes"));
    for (; given; given = json_next(given))
        row_set_text(attributes, json_name(given), json_text(given));
    if (json_size(attributes) > ATTRIBUTES_MAX)
        return error_set(&call->error, ERR_TOO_MANY_ATTRIBUTES,
                         "A service has at most %d attributes", ATTRIBUTES_MAX);
    return save(call);
}

enum status service_delete_attributes(struct invocation *call)
{
    enum status status = find(call);
    if (status != OK)
        return status;
    const struct cJSON *key = json_first(json_member(call->input, "Attributes"));
    for (; key; key = json_next(key))
        row_set(attributes_of(call->service_row), json_text(key), NULL);
    return save(call);
}
