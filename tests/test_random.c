/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

#define UUIDS 1000 /* more than are drawn at once */

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void uuids_have_their_form_and_differ(void **state)
{
    (void)state;
    static const char form[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx"; /* RFC 9562 5.4 */
    char uuids[UUIDS][UUID_SIZE];
    for (size_t i = 0; i < UUIDS; i++) {
        random_uuid(uuids[i]);
        assert_int_equal(strlen(uuids[i]), UUID_SIZE - 1);
        for (size_t j = 0; j < UUID_SIZE - 1; j++) {
            const char *allowed = form[j] == 'x'   ? "0123456789abcdef"
                                  : form[j] == 'v' ? "89ab"
                                  : form[j] == '4' ? "4"
                                                   : "-";
            assert_non_null(strchr(allowed, uuids[i][j]));
        }
    }
    qsort(uuids, UUIDS, UUID_SIZE, compare);
    for (size_t i = 1; i < UUIDS; i++)
        assert_string_not_equal(uuids[i - 1], uuids[i]);
}

static void random_bytes_fill_all_they_are_asked_for(void **state)
{
    (void)state;
    unsigned char bytes[1000] = {0}, seen[256] = {0};
    random_bytes(bytes, sizeof(bytes) - 1);
    assert_int_equal(bytes[sizeof(bytes) - 1], 0);
    int different = 0;
    for (size_t i = 0; i < sizeof(bytes) - 1; i++)
        different += !seen[bytes[i]]++;
    assert_true(different > 200); /* of 256, about 251 expected */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_have_their_form_and_differ),
        cmocka_unit_test(random_bytes_fill_all_they_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
