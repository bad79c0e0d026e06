/* SPDX-License-Identifier: Apache-2.0 */
#include "arn.h"

#include "arena.h"

#define ACCOUNT_DIGITS 12
#define REGION_MAX 32

/* Source: AWS's list of partitions. */
const char *arn_partition(const char *region)
{
    if (strncmp(region, "cn-", 3) == 0)
        return "aws-cn";
    if (strncmp(region, "us-gov-", 7) == 0)
        return "aws-us-gov";
    return "aws";
}

static void append_segments(struct buffer *out, enum kind kind, const struct resource_path *path)
{
    if (kinds[kind].parent != KIND_NONE) {
        append_segments(out, kinds[kind].parent, path);
        buffer_char(out, '/');
    }
    buffer_printf(out, "%s/%s", kinds[kind].member, path->names[kind]);
}

const char *arn_format(struct arena *arena, const struct scope *scope,
                       const struct resource_path *path)
{
    struct buffer text = {0};
    buffer_printf(&text, "arn:%s:appmesh:%s:%s:", arn_partition(scope->region), scope->region,
                  scope->account);
    append_segments(&text, path->kind, path);
    const char *arn = arena_copy(arena, buffer_bytes(&text));
    buffer_clear(&text);
    return arn;
}

/* Cuts the text up to the separator off *rest, or all of it if `to_end` and there is none:
 * rest->data is then NULL. False if that leaves nothing. */
static bool cut(struct bytes *rest, char separator, bool to_end, struct bytes *out)
{
    const char *found = memchr(rest->data, separator, rest->size);
    if (!found && !to_end)
        return false;
    size_t size = found ? (size_t)(found - rest->data) : rest->size;
    *out = (struct bytes){rest->data, size};
    *rest = found ? (struct bytes){found + 1, rest->size - size - 1} : (struct bytes){NULL, 0};
    return size > 0;
}

static bool cut_word(struct bytes *rest, const char *word)
{
    struct bytes part;
    return cut(rest, ':', false, &part) && bytes_equal(part, bytes_of(word));
}

static enum kind child_called(enum kind parent, struct bytes member)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (kinds[kind].parent == parent && bytes_equal(member, bytes_of(kinds[kind].member)))
            return kind;
    return KIND_NONE;
}

/* mesh/<m>/virtualRouter/<r>/route/<n>: each pair names a child of the one before. */
static bool parse_segments(struct arena *arena, struct bytes rest, struct resource_path *out)
{
    out->kind = KIND_NONE;
    do {
        struct bytes member, name;
        if (!cut(&rest, '/', false, &member) || !cut(&rest, '/', true, &name))
            return false;
        out->kind = child_called(out->kind, member);
        if (out->kind == KIND_NONE)
            return false;
        out->names[out->kind] = arena_copy(arena, name);
    } while (rest.data);
    return true;
}

bool arn_parse(struct arena *arena, const char *arn, struct scope *out_scope,
               struct resource_path *out)
{
    struct bytes rest = bytes_of(arn), partition, region, account;
    if (!cut_word(&rest, "arn") || !cut(&rest, ':', false, &partition) ||
        !cut_word(&rest, "appmesh") || !cut(&rest, ':', false, &region) ||
        !cut(&rest, ':', false, &account))
        return false;
    struct scope scope = {arena_copy(arena, account), arena_copy(arena, region)};
    struct resource_path path = {0};
    if (!bytes_equal(partition, bytes_of(arn_partition(scope.region))) ||
        !parse_segments(arena, rest, &path))
        return false;
    *out_scope = scope;
    *out = path;
    return true;
}

bool scope_has_account(const char *account)
{
    return strlen(account) == ACCOUNT_DIGITS && strspn(account, "0123456789") == ACCOUNT_DIGITS;
}

bool scope_has_region(const char *region)
{
    size_t size = strlen(region);
    return size >= 1 && size <= REGION_MAX &&
           strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}
