/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <string.h>

#include "arena.h"

#define ALGORITHM "AWS4-HMAC-SHA256 "
#define CREDENTIAL "Credential="

/* The next part of key/date/region/service/aws4_request. */
static struct bytes next_part(const char **text)
{
    size_t size = strcspn(*text, "/, ");
    struct bytes part = {*text, size};
    *text += size + ((*text)[size] == '/');
    return part;
}

struct scope identity_scope(struct arena *arena, const char *authorization,
                            const struct scope *fallback)
{
    struct scope scope = *fallback;
    if (!authorization || strncmp(authorization, ALGORITHM, sizeof(ALGORITHM) - 1) != 0)
        return scope;
    const char *credential = strstr(authorization, CREDENTIAL);
    if (!credential)
        return scope;
    credential += sizeof(CREDENTIAL) - 1;
    const char *key = arena_copy(arena, next_part(&credential));
    next_part(&credential); /* the date */
    const char *region = arena_copy(arena, next_part(&credential));
    if (scope_has_account(key))
        scope.account = key;
    if (scope_has_region(region))
        scope.region = region;
    return scope;
}
