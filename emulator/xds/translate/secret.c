/* SPDX-License-Identifier: Apache-2.0 */
#include <envoy/extensions/transport_sockets/tls/v3/secret.pb-c.h>
#include <string.h>

#include "translate/translation.h"

/* A secret that some resource names. Either a certificate with its key, or trust in authorities. */
struct wanted_secret {
    const char *name;
    bool is_trust;
    const char **arns;
    size_t arn_count;
};

static const struct wanted_secret *find(const struct translation *t, const char *name)
{
    for (size_t i = 0; i < t->secrets.count; i++) {
        const struct wanted_secret *wanted = t->secrets.items[i];
        if (strcmp(wanted->name, name) == 0)
            return wanted;
    }
    return NULL;
}

/* A name stands for one secret: of an ARN that is given for both kinds the second has its own. */
static const char *want(struct translation *t, struct wanted_secret wanted)
{
    const struct wanted_secret *same = find(t, wanted.name);
    if (same && same->is_trust != wanted.is_trust) {
        wanted.name = arena_printf(t->arena, "%s:%s", wanted.name,
                                   wanted.is_trust ? "authority" : "certificate");
        same = find(t, wanted.name);
    }
    if (!same) {
        struct wanted_secret *copy = arena_new(t->arena, sizeof(*copy));
        *copy = wanted;
        list_add(t->arena, &t->secrets, copy);
    }
    return wanted.name;
}

static const char **one(struct translation *t, const char *arn)
{
    const char **arns = arena_new(t->arena, sizeof(*arns));
    arns[0] = arn;
    return arns;
}

/* The names are our choice: the guide says only that certificates come as secrets. */
const char *certificate_secret_want(struct translation *t, const char *arn)
{
    return want(t, (struct wanted_secret){arn, false, one(t, arn), 1});
}

const char *issuer_secret_want(struct translation *t, const char *arn)
{
    const char *name = arena_printf(t->arena, "%s:issuer", arn);
    return want(t, (struct wanted_secret){name, true, one(t, arn), 1});
}

const char *authorities_secret_want(struct translation *t, const char **arns, size_t count)
{
    const char *name = arns[0];
    for (size_t i = 1; i < count; i++)
        name = arena_printf(t->arena, "%s,%s", name, arns[i]);
    return want(t, (struct wanted_secret){name, true, arns, count});
}

static Envoy__DataSource *pem(struct translation *t, const char *text)
{
    Envoy__DataSource *source = MESSAGE(t->arena, Envoy__DataSource, envoy__data_source);
    source->specifier_case = ENVOY__DATA_SOURCE__SPECIFIER_INLINE_STRING;
    source->inline_string = text;
    return source;
}

static bool set_certificate(struct translation *t, Envoy__Secret *secret, const char *arn)
{
    struct certificate certificate;
    read_item(t, ITEM_CERTIFICATE, arn);
    if (!t->sources->certificate(t->sources->context, arn, &certificate))
        return false;
    secret->type_case = ENVOY__SECRET__TYPE_TLS_CERTIFICATE;
    secret->tls_certificate = MESSAGE(t->arena, Envoy__TlsCertificate, envoy__tls_certificate);
    secret->tls_certificate->certificate_chain = pem(t, certificate.chain);
    secret->tls_certificate->private_key = pem(t, certificate.key);
    return true;
}

/* One bundle of all authorities that are known. */
static bool set_trust(struct translation *t, Envoy__Secret *secret,
                      const struct wanted_secret *wanted)
{
    const char *bundle = "";
    for (size_t i = 0; i < wanted->arn_count; i++) {
        const char *authority;
        read_item(t, ITEM_AUTHORITY, wanted->arns[i]);
        authority = t->sources->authority(t->sources->context, wanted->arns[i]);
        if (authority)
            bundle = arena_printf(t->arena, "%s%s", bundle, authority);
    }
    secret->type_case = ENVOY__SECRET__TYPE_VALIDATION_CONTEXT;
    secret->validation_context = MESSAGE(t->arena, Envoy__CertificateValidationContext,
                                         envoy__certificate_validation_context);
    secret->validation_context->trusted_ca = pem(t, bundle);
    return *bundle != '\0';
}

void secrets_add(struct translation *t)
{
    for (size_t i = 0; i < t->secrets.count; i++) {
        const struct wanted_secret *wanted = t->secrets.items[i];
        Envoy__Secret *secret = MESSAGE(t->arena, Envoy__Secret, envoy__secret);
        bool is_known = wanted->is_trust ? set_trust(t, secret, wanted)
                                         : set_certificate(t, secret, wanted->arns[0]);
        secret->name = wanted->name;
        if (is_known)
            resource_add(t, XDS_SECRET, wanted->name, &secret->base);
        else
            warn(t, "there is no certificate for %s", wanted->name);
    }
}
