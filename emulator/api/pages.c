/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include <inttypes.h>
#include <stdlib.h>

#include "seal.h"

static const char *place_of(const struct call *call, uint64_t parent)
{
    return arena_printf(call->arena, "%s/%s/%s/%" PRIu64 "/", call->scope.account,
                        call->scope.region, call->op->name, parent);
}

enum status page_begin(struct call *call, uint64_t parent, int64_t most, struct page *out)
{
    const char *limit = call->query[PARAMETER_LIMIT];
    const char *token = call->query[PARAMETER_NEXT_TOKEN];
    *out = (struct page){.parent = parent, .limit = limit ? strtoll(limit, NULL, 10) : most};
    if (!token)
        return OK;
    out->after = unseal_key(call->store, call->arena, place_of(call, parent), token);
    return out->after ? OK : error_set(&call->error, ERR_BAD_REQUEST, "Invalid nextToken");
}

void page_print_token(struct call *call, const struct page *page, const char *last,
                      struct buffer *out)
{
    buffer_text(out, ",\"nextToken\":\"");
    seal_key(call->store, place_of(call, page->parent), last, out);
    buffer_char(out, '"');
}
