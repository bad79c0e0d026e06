/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/translate.h"

#include <assert.h>
#include <envoy/extensions/access_loggers/file/v3/file.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

const struct mesh_item *read_item(struct translation *t, enum item_kind kind, const char *name)
{
    if (!t->record)
        return mesh_read(t->reads, t->view, kind, name);
    struct mesh_item *item = mesh_view_item(t->view, kind, name);
    list_add(t->arena, &t->record->items, item);
    return item;
}

void warn(struct translation *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *warning = arena_vprintf(t->arena, format, arguments);
    va_end(arguments);
    if (t->record)
        list_add(t->arena, &t->record->warnings, warning);
    else
        snapshot_warn(t->out, warning);
}

void use(struct translation *t, enum xds_type type, const char *name)
{
    if (t->record) {
        assert(type == XDS_CLUSTER);
        list_add(t->arena, &t->record->clusters, (void *)name);
        return;
    }
    for (size_t i = 0; i < t->use_count; i++)
        if (t->uses[i].type == type && strcmp(t->uses[i].name, name) == 0)
            return;
    if (t->use_count == t->use_capacity) {
        size_t capacity = t->use_capacity == 0 ? 16 : 2 * t->use_capacity;
        struct xds_use *uses = arena_new(t->arena, capacity * sizeof(*uses));
        if (t->use_count > 0)
            memcpy(uses, t->uses, t->use_count * sizeof(*uses));
        t->uses = uses;
        t->use_capacity = capacity;
    }
    t->uses[t->use_count++] = (struct xds_use){type, name};
}

void resource_add(struct translation *t, enum xds_type type, const char *name,
                  const ProtobufCMessage *message)
{
    snapshot_add(t->out, type, name, message, t->uses, t->use_count);
    t->use_count = 0;
}

void resource_add_shared(struct translation *t, enum xds_type type, const char *name,
                         struct shared *message)
{
    snapshot_add_shared(t->out, type, name, message, t->uses, t->use_count);
    t->use_count = 0;
}

/* ---- names, as recorded ---- */

const char *local_cluster_name(struct translation *t, enum protocol protocol, int64_t port)
{
    return JOIN(t->arena, "cds_ingress_", t->mesh, "_", t->proxy->name, "_",
                protocols[protocol].name, "_", decimal(t->arena, port));
}

const char *egress_cluster_name(struct translation *t, const char *rest)
{
    return JOIN(t->arena, "cds_egress_", t->mesh, "_", rest);
}

const char *routes_name(struct translation *t, enum direction direction, enum protocol protocol,
                        int64_t port)
{
    return JOIN(t->arena, direction == INGRESS ? "rds_ingress_" : "rds_egress_",
                protocols[protocol].name, "_", decimal(t->arena, port));
}

const char *ingress_stat_prefix(struct translation *t, const struct cJSON *listener, int count)
{
    if (count == 1)
        return "ingress";
    return JOIN(t->arena, "ingress.", protocols[listener_protocol(listener)].name, ".",
                decimal(t->arena, listener_port(listener)));
}

/* ---- what all resources share ---- */

static Google__Protobuf__Struct *text_struct(struct translation *t, const struct list *fields)
{
    Google__Protobuf__Struct *out =
        MESSAGE(t->arena, Google__Protobuf__Struct, google__protobuf__struct);
    SET_LIST(out, fields, *fields);
    return out;
}

static Google__Protobuf__Struct__FieldsEntry *text_field(struct translation *t, const char *key,
                                                         const char *text)
{
    Google__Protobuf__Struct__FieldsEntry *field = MESSAGE(
        t->arena, Google__Protobuf__Struct__FieldsEntry, google__protobuf__struct__fields_entry);
    field->key = arena_copy(t->arena, bytes_of(key));
    field->value = MESSAGE(t->arena, Google__Protobuf__Value, google__protobuf__value);
    field->value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
    field->value->string_value = arena_copy(t->arena, bytes_of(text));
    return field;
}

static const char *tags_text(struct translation *t, const char *key, const char *value)
{
    if (!key)
        return "{\"tags\":[]}";
    t->quoted.size = 0;
    json_print_string(&t->quoted, value);
    return JOIN(t->arena, "{\"tags\":[{\"key\":\"", key, "\",\"value\":", t->quoted.data, "}]}");
}

Envoy__Metadata *envoy_tags(struct translation *t, const char *key, const char *value)
{
    Envoy__Metadata *metadata = MESSAGE(t->arena, Envoy__Metadata, envoy__metadata);
    Envoy__Metadata__FilterMetadataEntry *entry = MESSAGE(
        t->arena, Envoy__Metadata__FilterMetadataEntry, envoy__metadata__filter_metadata_entry);
    struct list fields = {0};
    list_add(t->arena, &fields, text_field(t, "config", tags_text(t, key, value)));
    entry->key = "aws.appmesh.aggregate_stats";
    entry->value = text_struct(t, &fields);
    SET_ONE(t->arena, metadata, filter_metadata, entry);
    return metadata;
}

static Envoy__ConfigSource *ads_source(struct arena *arena)
{
    Envoy__ConfigSource *source = MESSAGE(arena, Envoy__ConfigSource, envoy__config_source);
    source->config_source_specifier_case = ENVOY__CONFIG_SOURCE__CONFIG_SOURCE_SPECIFIER_ADS;
    source->ads = MESSAGE(arena, Envoy__AggregatedConfigSource, envoy__aggregated_config_source);
    source->resource_api_version = ENVOY__API_VERSION__V3;
    return source;
}

/* ---- access log ---- */

static int by_key(const void *a, const void *b)
{
    const Google__Protobuf__Struct__FieldsEntry *left = *(void *const *)a,
                                                *right = *(void *const *)b;
    return strcmp(left->key, right->key);
}

static Google__Protobuf__Struct__FieldsEntry *field_with_key(const struct list *fields,
                                                             const char *key)
{
    for (size_t i = 0; i < fields->count; i++) {
        Google__Protobuf__Struct__FieldsEntry *field = fields->items[i];
        if (strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

/* [{key, value}]; of a key that is there twice the last counts (our choice). */
static Google__Protobuf__Struct *json_format(struct translation *t, const struct cJSON *json)
{
    struct list fields = {0};
    for (const struct cJSON *f = json_first(json); f; f = json_next(f)) {
        Google__Protobuf__Struct__FieldsEntry *field =
            text_field(t, json_string(f, "key"), json_string(f, "value"));
        Google__Protobuf__Struct__FieldsEntry *same = field_with_key(&fields, field->key);
        if (same)
            same->value = field->value;
        else
            list_add(t->arena, &fields, field);
    }
    if (fields.count > 1)
        qsort(fields.items, fields.count, sizeof(*fields.items), by_key);
    return text_struct(t, &fields);
}

static Envoy__SubstitutionFormatString *envoy_log_format(struct translation *t,
                                                         const struct cJSON *format)
{
    Envoy__SubstitutionFormatString *out =
        MESSAGE(t->arena, Envoy__SubstitutionFormatString, envoy__substitution_format_string);
    const char *text = json_string(format, "text");
    if (!text) {
        out->format_case = ENVOY__SUBSTITUTION_FORMAT_STRING__FORMAT_JSON_FORMAT;
        out->json_format = json_format(t, json_member(format, "json"));
        return out;
    }
    out->format_case = ENVOY__SUBSTITUTION_FORMAT_STRING__FORMAT_TEXT_FORMAT_SOURCE;
    out->text_format_source = MESSAGE(t->arena, Envoy__DataSource, envoy__data_source);
    out->text_format_source->specifier_case = ENVOY__DATA_SOURCE__SPECIFIER_INLINE_STRING;
    out->text_format_source->inline_string = text;
    return out;
}

/* Source: botocore FileAccessLog. NULL in, NULL out. */
static Envoy__AccessLog *envoy_access_log(struct translation *t, const struct cJSON *file)
{
    const struct cJSON *format = json_member(file, "format");
    Envoy__FileAccessLog *config;
    Envoy__AccessLog *log;
    if (!file)
        return NULL;
    config = MESSAGE(t->arena, Envoy__FileAccessLog, envoy__file_access_log);
    log = MESSAGE(t->arena, Envoy__AccessLog, envoy__access_log);
    config->path = json_string(file, "path");
    if (format) {
        config->access_log_format_case = ENVOY__FILE_ACCESS_LOG__ACCESS_LOG_FORMAT_LOG_FORMAT;
        config->log_format = envoy_log_format(t, format);
    }
    log->name = "envoy.access_loggers.file";
    log->config_type_case = ENVOY__ACCESS_LOG__CONFIG_TYPE_TYPED_CONFIG;
    log->typed_config = message_any(t->arena, &config->base);
    return log;
}

/* ---- the whole ---- */

const struct ip_preference *preference_for(const struct translation *t,
                                           const struct cJSON *discovery)
{
    const char *own = json_string(discovery, "ipPreference");
    const struct cJSON *mesh = json_member(t->mesh_spec, "serviceDiscovery");
    return ip_preference_of(own ? own : json_string(mesh, "ipPreference"));
}

static void prepare(struct translation *t)
{
    const char *filter = json_string(json_member(t->mesh_spec, "egressFilter"), "type");
    const struct cJSON *log = json_member(json_member(t->spec, "logging"), "accessLog");
    t->allows_all = filter && strcmp(filter, "ALLOW_ALL") == 0;
    t->preference = preference_for(t, json_first(json_member(t->spec, "serviceDiscovery")));
    t->ads = ads_source(t->arena);
    t->access_log = envoy_access_log(t, json_member(log, "file"));
}

static enum status run(struct translation *t, struct error *error)
{
    bool is_node = t->proxy->kind == KIND_VIRTUAL_NODE;
    t->mesh_spec = read_item(t, ITEM_MESH, t->mesh)->spec;
    t->spec =
        read_item(t, is_node ? ITEM_VIRTUAL_NODE : ITEM_VIRTUAL_GATEWAY, t->proxy->name)->spec;
    if (!t->mesh_spec || !t->spec)
        return error_set(error, ERR_NOT_FOUND, "there is no %s %s in mesh %s",
                         kinds[t->proxy->kind].name, t->proxy->name, t->mesh);
    prepare(t);
    if (is_node)
        return translate_node(t, error);
    translate_gateway(t);
    return OK;
}

enum status translate_proxy(struct mesh_view *view, const struct proxy *proxy,
                            const struct translate_sources *sources, struct mesh_reads *reads,
                            struct snapshot **out, struct error *error)
{
    struct arena arena = {0};
    struct translation t = {
        .arena = &arena,
        .view = view,
        .reads = reads,
        .proxy = proxy,
        .sources = sources,
        .out = snapshot_new(),
        .mesh = mesh_view_name(view),
    };
    enum status status = run(&t, error);
    if (status == OK) {
        snapshot_finish(t.out);
        *out = t.out;
    } else {
        snapshot_unref(t.out);
    }
    buffer_clear(&t.quoted);
    arena_clear(&arena);
    return status;
}
