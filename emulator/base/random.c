/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t size)
{
    char *next = out;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0 && errno != EINTR) {
            perror("appmesh-emulator: getrandom");
            abort();
        }
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        }
    }
}

/* A system call for each UUID costs as much as reading a resource, so a few are drawn at once. */
static void uuid_bytes(unsigned char out[16])
{
    static _Thread_local unsigned char pool[16 * 64];
    static _Thread_local size_t left;
    if (left == 0) {
        random_bytes(pool, sizeof(pool));
        left = sizeof(pool);
    }
    for (size_t i = 0; i < 16; i++)
        out[i] = pool[--left];
}

void random_uuid(char out[UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[16];
    uuid_bytes(raw);
    raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof(raw); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = '\0';
}
