/* SPDX-License-Identifier: Apache-2.0 */
#include <envoy/extensions/transport_sockets/tls/v3/tls.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "acm.h"
#include "json.h"
#include "translate/translation.h"

/* ---- where certificates come from ---- */

/* A path on the Envoy's own machine. */
static Envoy__DataSource *file(struct translation *t, const char *path)
{
    Envoy__DataSource *source = MESSAGE(t->arena, Envoy__DataSource, envoy__data_source);
    source->specifier_case = ENVOY__DATA_SOURCE__SPECIFIER_FILENAME;
    source->filename = path;
    return source;
}

/* Recorded. */
static Envoy__ConfigSource *socket_source(struct translation *t)
{
    Envoy__ConfigSource *source = MESSAGE(t->arena, Envoy__ConfigSource, envoy__config_source);
    Envoy__ApiConfigSource *api =
        MESSAGE(t->arena, Envoy__ApiConfigSource, envoy__api_config_source);
    Envoy__GrpcService *grpc = MESSAGE(t->arena, Envoy__GrpcService, envoy__grpc_service);
    grpc->target_specifier_case = ENVOY__GRPC_SERVICE__TARGET_SPECIFIER_ENVOY_GRPC;
    grpc->envoy_grpc =
        MESSAGE(t->arena, Envoy__GrpcService__EnvoyGrpc, envoy__grpc_service__envoy_grpc);
    grpc->envoy_grpc->cluster_name = SDS_SOCKET_CLUSTER;
    api->api_type = ENVOY__API_CONFIG_SOURCE__API_TYPE__GRPC;
    api->transport_api_version = ENVOY__API_VERSION__V3;
    SET_ONE(t->arena, api, grpc_services, grpc);
    source->config_source_specifier_case =
        ENVOY__CONFIG_SOURCE__CONFIG_SOURCE_SPECIFIER_API_CONFIG_SOURCE;
    source->api_config_source = api;
    source->resource_api_version = ENVOY__API_VERSION__V3;
    return source;
}

static Envoy__SdsSecretConfig *secret_config(struct translation *t, const char *name,
                                             Envoy__ConfigSource *source)
{
    Envoy__SdsSecretConfig *config =
        MESSAGE(t->arena, Envoy__SdsSecretConfig, envoy__sds_secret_config);
    config->name = name;
    config->sds_config = source;
    return config;
}

static Envoy__SdsSecretConfig *our_secret(struct translation *t, const char *name)
{
    use(t, XDS_SECRET, name);
    return secret_config(t, name, t->ads);
}

/* {acm|file|sds: {...}} */
static void set_certificate(struct translation *t, Envoy__CommonTlsContext *context,
                            const struct cJSON *certificate)
{
    const struct cJSON *on_disk = json_member(certificate, "file");
    const char *arn = json_string(json_member(certificate, "acm"), "certificateArn");
    const char *secret = json_string(json_member(certificate, "sds"), "secretName");
    if (arn) {
        SET_ONE(t->arena, context, tls_certificate_sds_secret_configs,
                our_secret(t, certificate_secret_want(t, arn)));
    } else if (secret) {
        SET_ONE(t->arena, context, tls_certificate_sds_secret_configs,
                secret_config(t, secret, socket_source(t)));
    } else if (on_disk) {
        Envoy__TlsCertificate *pair =
            MESSAGE(t->arena, Envoy__TlsCertificate, envoy__tls_certificate);
        pair->certificate_chain = file(t, json_string(on_disk, "certificateChain"));
        pair->private_key = file(t, json_string(on_disk, "privateKey"));
        SET_ONE(t->arena, context, tls_certificates, pair);
    }
}

/* ---- whom to trust ---- */

static void add_san(struct translation *t, struct list *out,
                    Envoy__SubjectAltNameMatcher__SanType type, const char *name)
{
    Envoy__SubjectAltNameMatcher *san =
        MESSAGE(t->arena, Envoy__SubjectAltNameMatcher, envoy__subject_alt_name_matcher);
    san->san_type = type;
    san->matcher = MESSAGE(t->arena, Envoy__StringMatcher, envoy__string_matcher);
    san->matcher->match_pattern_case = ENVOY__STRING_MATCHER__MATCH_PATTERN_EXACT;
    san->matcher->exact = name;
    list_add(t->arena, out, san);
}

/* App Mesh does not say which type a name is; both are asked for, and one must be there. */
static void add_sans(struct translation *t, struct list *out, const char *name)
{
    add_san(t, out, ENVOY__SUBJECT_ALT_NAME_MATCHER__SAN_TYPE__DNS, name);
    add_san(t, out, ENVOY__SUBJECT_ALT_NAME_MATCHER__SAN_TYPE__URI, name);
}

/* The names of a validation; without any the fallback, which may be NULL. */
static struct list envoy_sans(struct translation *t, const struct cJSON *validation,
                              const char *fallback)
{
    const struct cJSON *match =
        json_member(json_member(validation, "subjectAlternativeNames"), "match");
    const struct cJSON *names = json_member(match, "exact");
    struct list out = {0};
    for (const struct cJSON *n = json_first(names); n; n = json_next(n))
        add_sans(t, &out, json_text(n));
    if (out.count == 0 && fallback)
        add_sans(t, &out, fallback);
    return out;
}

static Envoy__CertificateValidationContext *validation_context(struct translation *t,
                                                               const struct list *sans)
{
    Envoy__CertificateValidationContext *context = MESSAGE(
        t->arena, Envoy__CertificateValidationContext, envoy__certificate_validation_context);
    SET_LIST(context, match_typed_subject_alt_names, *sans);
    return context;
}

/* Envoy refuses a combined context with an empty half. */
static void trust_secret(struct translation *t, Envoy__CommonTlsContext *context,
                         Envoy__SdsSecretConfig *secret, const struct list *sans)
{
    Envoy__CommonTlsContext__CombinedCertificateValidationContext *combined;
    if (sans->count == 0) {
        context->validation_context_type_case =
            ENVOY__COMMON_TLS_CONTEXT__VALIDATION_CONTEXT_TYPE_VALIDATION_CONTEXT_SDS_SECRET_CONFIG;
        context->validation_context_sds_secret_config = secret;
        return;
    }
    combined = MESSAGE(t->arena, Envoy__CommonTlsContext__CombinedCertificateValidationContext,
                       envoy__common_tls_context__combined_certificate_validation_context);
    combined->default_validation_context = validation_context(t, sans);
    combined->validation_context_sds_secret_config = secret;
    context->validation_context_type_case =
        ENVOY__COMMON_TLS_CONTEXT__VALIDATION_CONTEXT_TYPE_COMBINED_VALIDATION_CONTEXT;
    context->combined_validation_context = combined;
}

static void trust_file(struct translation *t, Envoy__CommonTlsContext *context, const char *path,
                       const struct list *sans)
{
    context->validation_context_type_case =
        ENVOY__COMMON_TLS_CONTEXT__VALIDATION_CONTEXT_TYPE_VALIDATION_CONTEXT;
    context->validation_context = validation_context(t, sans);
    context->validation_context->trusted_ca = file(t, path);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_texts(struct translation *t, const struct cJSON *list, size_t *out_count)
{
    const char **texts = arena_new(t->arena, (size_t)json_size(list) * sizeof(*texts));
    size_t count = 0;
    for (const struct cJSON *text = json_first(list); text; text = json_next(text))
        texts[count++] = json_text(text);
    if (count > 1)
        qsort(texts, count, sizeof(*texts), by_text);
    *out_count = count;
    return texts;
}

/* {acm|file|sds: {...}} */
static void set_trust(struct translation *t, Envoy__CommonTlsContext *context,
                      const struct cJSON *trust, const struct list *sans)
{
    const struct cJSON *arns = json_member(json_member(trust, "acm"), "certificateAuthorityArns");
    const char *secret = json_string(json_member(trust, "sds"), "secretName");
    const char *path = json_string(json_member(trust, "file"), "certificateChain");
    if (arns) {
        size_t count;
        const char **sorted = sorted_texts(t, arns, &count);
        trust_secret(t, context, our_secret(t, authorities_secret_want(t, sorted, count)), sans);
    } else if (secret) {
        trust_secret(t, context, secret_config(t, secret, socket_source(t)), sans);
    } else if (path) {
        trust_file(t, context, path, sans);
    }
}

/* ---- the two ends ---- */

static Envoy__CommonTlsContext *common_context(struct translation *t, const char *const *alpn)
{
    Envoy__CommonTlsContext *context =
        MESSAGE(t->arena, Envoy__CommonTlsContext, envoy__common_tls_context);
    while (alpn[context->n_alpn_protocols] != NULL)
        context->n_alpn_protocols++;
    context->alpn_protocols = (const char **)alpn;
    return context;
}

static Envoy__TransportSocket *transport_socket(struct translation *t,
                                                const ProtobufCMessage *context)
{
    Envoy__TransportSocket *socket =
        MESSAGE(t->arena, Envoy__TransportSocket, envoy__transport_socket);
    socket->name = "envoy.transport_sockets.tls";
    socket->config_type_case = ENVOY__TRANSPORT_SOCKET__CONFIG_TYPE_TYPED_CONFIG;
    socket->typed_config = message_any(t->arena, context);
    return socket;
}

Envoy__TransportSocket *envoy_downstream_tls(struct translation *t, const struct cJSON *tls,
                                             enum protocol protocol)
{
    const struct cJSON *validation = json_member(tls, "validation");
    Envoy__DownstreamTlsContext *context =
        MESSAGE(t->arena, Envoy__DownstreamTlsContext, envoy__downstream_tls_context);
    context->common_tls_context = common_context(t, protocols[protocol].alpn);
    set_certificate(t, context->common_tls_context, json_member(tls, "certificate"));
    if (validation) {
        struct list sans = envoy_sans(t, validation, NULL); /* guide: no names, no check of them */
        context->require_client_certificate = message_bool(t->arena, true);
        set_trust(t, context->common_tls_context, json_member(validation, "trust"), &sans);
    }
    return transport_socket(t, &context->base);
}

static bool policy_covers(const struct cJSON *policy, int64_t port)
{
    const struct cJSON *ports = json_member(policy, "ports");
    if (!policy || json_size(ports) == 0)
        return policy;
    for (const struct cJSON *p = json_first(ports); p; p = json_next(p))
        if (json_value(p) == (double)port)
            return true;
    return false;
}

/* What the client's policy asks for; without trust in it nothing is validated. */
static void follow_policy(struct translation *t, Envoy__CommonTlsContext *context,
                          const struct cJSON *policy, const char *server_name)
{
    const struct cJSON *validation = json_member(policy, "validation");
    struct list sans = envoy_sans(t, validation, server_name);
    set_certificate(t, context, json_member(policy, "certificate"));
    set_trust(t, context, json_member(validation, "trust"), &sans);
}

/* Guide (tls): without a policy the client still checks a certificate of ACM against the authority
 * that issued it; one from a file or SDS it takes as it is. */
static void follow_server(struct translation *t, Envoy__CommonTlsContext *context,
                          const struct cJSON *server, const char *server_name)
{
    const struct cJSON *acm = json_member(json_member(server, "certificate"), "acm");
    const char *arn = json_string(acm, "certificateArn");
    struct list sans = envoy_sans(t, NULL, server_name);
    if (arn)
        trust_secret(t, context, our_secret(t, issuer_secret_want(t, arn)), &sans);
}

static bool enforces(const struct cJSON *policy)
{
    const struct cJSON *enforce = json_member(policy, "enforce");
    return !enforce || json_is_true(enforce);
}

/* NULL if there is none, or it is switched off. */
static const struct cJSON *listener_tls(const struct cJSON *listener)
{
    const struct cJSON *tls = json_member(listener, "tls");
    return is_tls_mode(tls, "DISABLED") ? NULL : tls;
}

Envoy__TransportSocket *envoy_upstream_tls(struct translation *t, const struct target *target)
{
    static const char *const none[] = {NULL};
    const struct cJSON *server = listener_tls(target->listener), *policy = target->service->policy;
    const struct protocol_row *protocol = &protocols[target->protocol];
    bool is_covered = policy_covers(policy, target->port);
    const char *server_name = spec_certificate_name(t->arena, target->node->spec);
    Envoy__UpstreamTlsContext *context;
    if (!server && !(is_covered && enforces(policy)))
        return NULL;
    context = MESSAGE(t->arena, Envoy__UpstreamTlsContext, envoy__upstream_tls_context);
    context->common_tls_context =
        common_context(t, protocol->speaks_http2_only ? protocol->alpn : none);
    if (is_covered)
        follow_policy(t, context->common_tls_context, policy, server_name);
    else
        follow_server(t, context->common_tls_context, server, server_name);
    return transport_socket(t, &context->base);
}
