/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "arena.h"
#include "clock.h"
#include "json.h"
#include "random.h"

struct metadata metadata_new(struct arena *arena, const struct scope *scope,
                             const struct resource_path *path)
{
    char *uid = arena_new(arena, UUID_SIZE);
    random_uuid(uid);
    int64_t now = clock_wall_ms();
    return (struct metadata){arn_format(arena, scope, path), uid, scope->account, now, now, 1};
}

/* Epoch seconds with milliseconds, trailing zeros dropped (recorded: 1563810546.59). */
static void print_seconds(struct buffer *out, int64_t ms)
{
    int64_t fraction = ms % 1000;
    int digits = 3;
    for (; digits > 0 && fraction % 10 == 0; digits--)
        fraction /= 10;
    buffer_printf(out, "%" PRId64, ms / 1000);
    if (digits > 0)
        buffer_printf(out, ".%0*" PRId64, digits, fraction);
}

static void print_text(struct buffer *out, const char *name, const char *text)
{
    buffer_char(out, '"');
    buffer_text(out, name);
    buffer_append(out, "\":", 2);
    json_print_string(out, text);
    buffer_char(out, ',');
}

static void print_names(struct buffer *out, const struct resource_path *path)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (path->names[kind])
            print_text(out, kinds[kind].name_member, path->names[kind]);
}

/* Everything but the uid. */
static void print_metadata(struct buffer *out, const struct metadata *metadata)
{
    print_text(out, "arn", metadata->arn);
    buffer_text(out, "\"createdAt\":");
    print_seconds(out, metadata->created_ms);
    buffer_text(out, ",\"lastUpdatedAt\":");
    print_seconds(out, metadata->updated_ms);
    buffer_char(out, ',');
    print_text(out, "meshOwner", metadata->owner);
    print_text(out, "resourceOwner", metadata->owner);
    buffer_printf(out, "\"version\":%" PRId64, metadata->version);
}

void document_print_envelope(struct buffer *out, const struct resource_path *path,
                             const struct metadata *metadata, const char *status)
{
    buffer_char(out, '{');
    print_names(out, path);
    buffer_text(out, "\"metadata\":{");
    print_metadata(out, metadata);
    buffer_printf(out, ",\"uid\":\"%s\"},\"status\":{\"status\":\"%s\"}", metadata->uid, status);
}

/* What a list shows is a part of the envelope's own text, in whose strings no bare quote stands. */
void document_print_reference(struct buffer *out, struct bytes envelope)
{
    static const char start[] = "\"metadata\":{", end[] = ",\"uid\":";
    const char *metadata = memmem(envelope.data, envelope.size, start, sizeof(start) - 1);
    assert(metadata);
    size_t names_size = (size_t)(metadata - envelope.data);
    metadata += sizeof(start) - 1;
    const char *uid =
        memmem(metadata, envelope.size - names_size - (sizeof(start) - 1), end, sizeof(end) - 1);
    assert(uid);
    buffer_append(out, envelope.data, names_size);
    buffer_append(out, metadata, (size_t)(uid - metadata));
    buffer_char(out, '}');
}

static int64_t read_ms(const struct cJSON *metadata, const char *name)
{
    return (int64_t)llround(json_number(metadata, name, 0) * 1000);
}

struct metadata document_metadata(struct arena *arena, struct bytes envelope)
{
    struct buffer text = {0};
    struct json_fault fault;
    buffer_append(&text, envelope.data, envelope.size);
    buffer_char(&text, '}');
    struct cJSON *document = json_parse(buffer_bytes(&text), &fault);
    assert(document); /* what is stored was printed by document_print_envelope */
    const struct cJSON *metadata = json_member(document, "metadata");
    struct metadata out = {
        .arn = arena_copy(arena, bytes_of(json_string(metadata, "arn"))),
        .uid = arena_copy(arena, bytes_of(json_string(metadata, "uid"))),
        .owner = arena_copy(arena, bytes_of(json_string(metadata, "meshOwner"))),
        .created_ms = read_ms(metadata, "createdAt"),
        .updated_ms = read_ms(metadata, "lastUpdatedAt"),
        .version = json_integer(metadata, "version", 0),
    };
    json_free(document);
    buffer_clear(&text);
    return out;
}

struct bytes document_join(struct arena *arena, struct bytes envelope, struct bytes spec)
{
    static const char between[] = ",\"spec\":";
    size_t size = envelope.size + sizeof(between) - 1 + spec.size + 1;
    char *text = arena_new(arena, size);
    char *next = mempcpy(text, envelope.data, envelope.size);
    next = mempcpy(next, between, sizeof(between) - 1);
    next = mempcpy(next, spec.data, spec.size);
    *next = '}';
    return (struct bytes){text, size};
}
