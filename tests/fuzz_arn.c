/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text against arn_parse: what it takes must be written back the same.
 */
#include <assert.h>
#include <stdint.h>

#include "arena.h"
#include "arn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    const char *text = arena_copy(&arena, (struct bytes){(const char *)data, size});
    struct scope scope;
    struct resource_path path;
    if (arn_parse(&arena, text, &scope, &path))
        assert(strcmp(arn_format(&arena, &scope, &path), text) == 0);
    arena_clear(&arena);
    return 0;
}
