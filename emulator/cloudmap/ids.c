/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"

#include "hash.h"
#include "random.h"

#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"
#define BASE36 "0123456789abcdefghijklmnopqrstuvwxyz"
#define RANDOM_MAX 20
#define DIGEST_BYTES 20
#define TIME_DIGITS 8

/* The prefix and `size` random ones of the characters, at most RANDOM_MAX. */
static const char *random_text(struct arena *arena, const char *prefix, const char *characters,
                               size_t size)
{
    unsigned char random[RANDOM_MAX];
    char text[RANDOM_MAX + 1] = "";
    random_bytes(random, size);
    for (size_t i = 0; i < size; i++)
        text[i] = characters[random[i] % strlen(characters)];
    return arena_printf(arena, "%s%s", prefix, text);
}

const char *id_new(struct arena *arena, const char *prefix)
{
    return random_text(arena, prefix, BASE32, 16);
}

bool id_is(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 && text[size] && strlen(text) <= ID_MAX &&
           text[size + strspn(text + size, BASE36)] == '\0';
}

const char *id_hosted_zone(struct arena *arena)
{
    return random_text(arena, "Z", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20);
}

static const char *arn_start(const struct invocation *call)
{
    return arena_printf(call->arena,
                        "arn:%s:servicediscovery:%s:%s:", arn_partition(call->scope.region),
                        call->scope.region, call->scope.account);
}

static const char *kind_of_id(const char *id)
{
    return strncmp(id, NAMESPACE_ID, strlen(NAMESPACE_ID)) == 0 ? "namespace/" : "service/";
}

const char *arn_of_id(const struct invocation *call, const char *id)
{
    return arena_printf(call->arena, "%s%s%s", arn_start(call), kind_of_id(id), id);
}

const char *id_of_text(const struct invocation *call, const char *text)
{
    const char *slash = strrchr(text, '/');
    bool is_arn = slash && strcmp(arn_of_id(call, slash + 1), text) == 0;
    return is_arn ? slash + 1 : text;
}

/* Five bits a character; 20 bytes are 32 of them exactly. */
const char *id_digest(struct arena *arena, struct bytes bytes)
{
    unsigned char hash[HASH_SIZE];
    char text[DIGEST_BYTES * 8 / 5 + 1] = "";
    unsigned bits = 0, count = 0;
    size_t size = 0;
    hash_sha256(bytes, hash);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        bits = bits << 8 | hash[i];
        for (count += 8; count >= 5; count -= 5)
            text[size++] = BASE32[bits >> (count - 5) & 31];
    }
    return arena_copy(arena, (struct bytes){text, size});
}

static const char *time_digits(struct arena *arena, int64_t when_ms)
{
    char text[TIME_DIGITS + 1] = "";
    for (size_t i = TIME_DIGITS; i > 0; i--, when_ms /= 36)
        text[i - 1] = BASE36[when_ms % 36];
    return arena_copy(arena, bytes_of(text));
}

const char *id_of_operation(struct arena *arena, const char *about, int64_t when_ms)
{
    return arena_printf(arena, "%s-%s", id_digest(arena, bytes_of(about)),
                        time_digits(arena, when_ms));
}

const char *operation_key(struct arena *arena, const char *id)
{
    const char *dash = strchr(id, '-');
    return dash ? arena_printf(arena, "%s-%.*s", dash + 1, (int)(dash - id), id) : id;
}

const char *operation_key_at(struct arena *arena, int64_t when_ms)
{
    return time_digits(arena, when_ms);
}
