/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "translate/translation.h"

Envoy__VirtualHost *virtual_host(struct translation *t, const char *name)
{
    Envoy__VirtualHost *host = MESSAGE(t->arena, Envoy__VirtualHost, envoy__virtual_host);
    host->name = name;
    return host;
}

void virtual_host_domain(struct translation *t, Envoy__VirtualHost *host, const char *domain)
{
    const char **domains = arena_new(t->arena, (host->n_domains + 1) * sizeof(*domains));
    if (host->n_domains > 0)
        memcpy(domains, host->domains, host->n_domains * sizeof(*domains));
    domains[host->n_domains++] = domain;
    host->domains = domains;
}

/* A name or domain and the virtual host that claims it. Envoy compares domains without case. */
struct claim {
    const char *text;
    size_t host;
    bool is_name;
};

static int by_text(const void *a, const void *b)
{
    const struct claim *left = a, *right = b;
    int by = (int)left->is_name - (int)right->is_name;
    if (by == 0)
        by = left->is_name ? strcmp(left->text, right->text) : strcasecmp(left->text, right->text);
    return by != 0 ? by : (left->host > right->host) - (left->host < right->host);
}

static bool is_same(const struct claim *a, const struct claim *b)
{
    return a->is_name == b->is_name &&
           (a->is_name ? strcmp(a->text, b->text) : strcasecmp(a->text, b->text)) == 0;
}

static bool is_in_order(const struct claim *claims, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (by_text(&claims[i - 1], &claims[i]) > 0)
            return false;
    return true;
}

/* Most hosts claim their name and that with a port: then they come in order. */
static struct claim *claims_of(struct translation *t, const struct list *hosts, size_t *out_count)
{
    size_t count = 0;
    struct claim *claims;
    for (size_t i = 0; i < hosts->count; i++)
        count += 1 + ((const Envoy__VirtualHost *)hosts->items[i])->n_domains;
    claims = arena_new(t->arena, count * sizeof(*claims));
    count = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        const Envoy__VirtualHost *host = hosts->items[i];
        for (size_t d = 0; d < host->n_domains; d++)
            claims[count++] = (struct claim){host->domains[d], i, false};
    }
    for (size_t i = 0; i < hosts->count; i++)
        claims[count++] =
            (struct claim){((const Envoy__VirtualHost *)hosts->items[i])->name, i, true};
    if (!is_in_order(claims, count))
        qsort(claims, count, sizeof(*claims), by_text);
    *out_count = count;
    return claims;
}

static void drop_domain(Envoy__VirtualHost *host, const char *domain)
{
    size_t kept = 0;
    for (size_t i = 0; i < host->n_domains; i++)
        if (host->domains[i] != domain)
            host->domains[kept++] = host->domains[i];
    host->n_domains = kept;
}

/* Later hosts lose what an earlier one claims: a doubled name all of it, a domain that one. */
static void settle_claims(struct translation *t, const struct list *hosts)
{
    size_t count;
    const struct claim *claims = claims_of(t, hosts, &count);
    for (size_t i = 1; i < count; i++) {
        Envoy__VirtualHost *host = hosts->items[claims[i].host];
        if (!is_same(&claims[i - 1], &claims[i]))
            continue;
        warn(t, "virtual host %s: %s is another's", host->name, claims[i].text);
        if (claims[i].is_name)
            host->n_domains = 0;
        else
            drop_domain(host, claims[i].text);
    }
}

static int by_name(const void *a, const void *b)
{
    const Envoy__VirtualHost *left = *(void *const *)a, *right = *(void *const *)b;
    int by = strcmp(left->name, right->name);
    return by != 0 ? by : strcmp(left->domains[0], right->domains[0]);
}

void route_configuration_add(struct translation *t, const char *name, struct list *hosts,
                             Envoy__VirtualHost *last, bool ignores_port)
{
    Envoy__RouteConfiguration *out =
        MESSAGE(t->arena, Envoy__RouteConfiguration, envoy__route_configuration);
    struct list kept = {0};
    if (hosts->count > 1)
        qsort(hosts->items, hosts->count, sizeof(*hosts->items), by_name);
    if (last)
        list_add(t->arena, hosts, last);
    settle_claims(t, hosts);
    for (size_t i = 0; i < hosts->count; i++)
        if (((const Envoy__VirtualHost *)hosts->items[i])->n_domains > 0)
            list_add(t->arena, &kept, hosts->items[i]);
    out->name = name;
    SET_LIST(out, virtual_hosts, kept);
    out->ignore_port_in_host_matching = ignores_port;
    resource_add(t, XDS_ROUTE, name, &out->base);
}
