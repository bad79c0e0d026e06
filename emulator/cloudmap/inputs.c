/* SPDX-License-Identifier: Apache-2.0
 *
 * Every shape that a request can hold, in botocore's words and member order.
 * Source: botocore servicediscovery 2017-03-14, service-2.json.
 */
#include "inputs.h"

#include "forms.h"
#include "patterns.h"
#include "shape_rows.h"

/* clang-format off */

/* Names, numbers and small things that many use. */

static const struct shape http_name       = PATTERN("NamespaceNameHttp", 0, 1024, http_namespace_pattern);
static const struct shape private_name    = PATTERN("NamespaceNamePrivate", 0, 253, private_namespace_pattern);
static const struct shape public_name     = PATTERN("NamespaceNamePublic", 0, 253, public_namespace_pattern);
static const struct shape namespace_name  = PATTERN("NamespaceName", 0, 1024, namespace_pattern);
static const struct shape service_name    = {OF("ServiceName", SHAPE_STRING), .pattern = &service_pattern};
static const struct shape instance_id     = PATTERN("InstanceId", 0, 64, instance_pattern);
static const struct shape resource_id     = STRING_OF("ResourceId", 0, 64);
static const struct shape resource_arn    = STRING_OF("Arn", 0, 255);
static const struct shape any_arn         = STRING_OF("AmazonResourceName", 1, 1011);
static const struct shape account         = STRING_OF("AWSAccountId", 12, 12);
static const struct shape operation_id    = STRING_OF("OperationId", 0, 255);
static const struct shape description     = STRING_OF("ResourceDescription", 0, 1024);
static const struct shape max_results     = INTEGER_OF("MaxResults", 1, 100);
static const struct shape discover_max    = INTEGER_OF("DiscoverMaxResults", 1, 1000);
static const struct shape next_page       = STRING_OF("NextToken", 0, 4096);
static const struct shape record_ttl      = INTEGER_OF("RecordTTL", 0, 2147483647);

static const struct shape tag_key   = STRING_OF("TagKey", 1, 128);
static const struct shape tag_value = STRING_OF("TagValue", 0, 256);
static const struct shape tag = STRUCT("Tag",
    MUST("Key",   tag_key),
    MUST("Value", tag_value));
static const struct shape tags     = LIST_OF("TagList", 0, 200, tag);
static const struct shape tag_keys = LIST_OF("TagKeyList", 0, 200, tag_key);

static const struct shape attribute_key   = PATTERN("AttrKey", 0, 255, attribute_key_pattern);
static const struct shape attribute_value = PATTERN("AttrValue", 0, 1024, instance_value_pattern);
static const struct shape attributes      = MAP("Attributes", attribute_key, attribute_value);

/* Namespaces */

static const struct shape soa = STRUCT("SOA",
    MUST("TTL", record_ttl));
static const struct shape private_dns_properties = STRUCT("PrivateDnsPropertiesMutable",
    MUST("SOA", soa));
static const struct shape private_properties = STRUCT("PrivateDnsNamespaceProperties",
    MUST("DnsProperties", private_dns_properties));
static const struct shape public_dns_properties = STRUCT("PublicDnsPropertiesMutable",
    MUST("SOA", soa));
static const struct shape public_properties = STRUCT("PublicDnsNamespaceProperties",
    MUST("DnsProperties", public_dns_properties));

const struct shape create_http_namespace_input = STRUCT("CreateHttpNamespaceRequest",
    MUST("Name",             http_name),
    MAY ("CreatorRequestId", resource_id),
    MAY ("Description",      description),
    MAY ("Tags",             tags));
const struct shape create_private_dns_namespace_input = STRUCT("CreatePrivateDnsNamespaceRequest",
    MUST("Name",             private_name),
    MAY ("CreatorRequestId", resource_id),
    MAY ("Description",      description),
    MUST("Vpc",              resource_id),
    MAY ("Tags",             tags),
    MAY ("Properties",       private_properties));
const struct shape create_public_dns_namespace_input = STRUCT("CreatePublicDnsNamespaceRequest",
    MUST("Name",             public_name),
    MAY ("CreatorRequestId", resource_id),
    MAY ("Description",      description),
    MAY ("Tags",             tags),
    MAY ("Properties",       public_properties));

static const struct shape soa_change = STRUCT("SOAChange",
    MUST("TTL", record_ttl));
static const struct shape private_dns_change = STRUCT("PrivateDnsPropertiesMutableChange",
    MUST("SOA", soa_change));
static const struct shape private_properties_change = STRUCT("PrivateDnsNamespacePropertiesChange",
    MUST("DnsProperties", private_dns_change));
static const struct shape private_namespace_change = STRUCT("PrivateDnsNamespaceChange",
    MAY("Description", description),
    MAY("Properties",  private_properties_change));
static const struct shape public_dns_change = STRUCT("PublicDnsPropertiesMutableChange",
    MUST("SOA", soa_change));
static const struct shape public_properties_change = STRUCT("PublicDnsNamespacePropertiesChange",
    MUST("DnsProperties", public_dns_change));
static const struct shape public_namespace_change = STRUCT("PublicDnsNamespaceChange",
    MAY("Description", description),
    MAY("Properties",  public_properties_change));
static const struct shape http_namespace_change = STRUCT("HttpNamespaceChange",
    MUST("Description", description));

const struct shape update_http_namespace_input = STRUCT("UpdateHttpNamespaceRequest",
    MUST("Id",               resource_arn),
    MAY ("UpdaterRequestId", resource_id),
    MUST("Namespace",        http_namespace_change));
const struct shape update_private_dns_namespace_input = STRUCT("UpdatePrivateDnsNamespaceRequest",
    MUST("Id",               resource_arn),
    MAY ("UpdaterRequestId", resource_id),
    MUST("Namespace",        private_namespace_change));
const struct shape update_public_dns_namespace_input = STRUCT("UpdatePublicDnsNamespaceRequest",
    MUST("Id",               resource_arn),
    MAY ("UpdaterRequestId", resource_id),
    MUST("Namespace",        public_namespace_change));

const struct shape get_namespace_input    = STRUCT("GetNamespaceRequest",    MUST("Id", resource_arn));
const struct shape delete_namespace_input = STRUCT("DeleteNamespaceRequest", MUST("Id", resource_arn));

/* Services */

static const struct shape record_type = ENUM("RecordType", "SRV", "A", "AAAA", "CNAME");
static const struct shape dns_record = STRUCT("DnsRecord",
    MUST("Type", record_type),
    MUST("TTL",  record_ttl));
static const struct shape dns_records    = LIST("DnsRecordList", dns_record);
static const struct shape routing_policy = ENUM("RoutingPolicy", "MULTIVALUE", "WEIGHTED");
static const struct shape dns_config = STRUCT("DnsConfig",
    MAY ("NamespaceId",   resource_id),
    MAY ("RoutingPolicy", routing_policy),
    MUST("DnsRecords",    dns_records));
static const struct shape dns_config_change = STRUCT("DnsConfigChange",
    MUST("DnsRecords", dns_records));

static const struct shape health_check_type = ENUM("HealthCheckType", "HTTP", "HTTPS", "TCP");
static const struct shape resource_path     = STRING_OF("ResourcePath", 0, 255);
static const struct shape failure_threshold = INTEGER_OF("FailureThreshold", 1, 10);
static const struct shape health_check = STRUCT("HealthCheckConfig",
    MUST("Type",             health_check_type),
    MAY ("ResourcePath",     resource_path),
    MAY ("FailureThreshold", failure_threshold));
static const struct shape custom_health_check = STRUCT("HealthCheckCustomConfig",
    MAY("FailureThreshold", failure_threshold));
static const struct shape service_type = ENUM("ServiceTypeOption", "HTTP");

const struct shape create_service_input = STRUCT("CreateServiceRequest",
    MUST("Name",                    service_name),
    MAY ("NamespaceId",             resource_arn),
    MAY ("CreatorRequestId",        resource_id),
    MAY ("Description",             description),
    MAY ("DnsConfig",               dns_config),
    MAY ("HealthCheckConfig",       health_check),
    MAY ("HealthCheckCustomConfig", custom_health_check),
    MAY ("Tags",                    tags),
    MAY ("Type",                    service_type));

static const struct shape service_change = STRUCT("ServiceChange",
    MAY("Description",       description),
    MAY("DnsConfig",         dns_config_change),
    MAY("HealthCheckConfig", health_check));
const struct shape update_service_input = STRUCT("UpdateServiceRequest",
    MUST("Id",      resource_arn),
    MUST("Service", service_change));

const struct shape get_service_input    = STRUCT("GetServiceRequest",    MUST("Id", resource_arn));
const struct shape delete_service_input = STRUCT("DeleteServiceRequest", MUST("Id", resource_arn));

static const struct shape service_attribute_key   = STRING_OF("ServiceAttributeKey", 0, 255);
static const struct shape service_attribute_value = STRING_OF("ServiceAttributeValue", 0, 1024);
static const struct shape service_attribute_keys  = LIST_OF("ServiceAttributeKeyList", 1, 30, service_attribute_key);
static const struct shape service_attributes      = MAP_OF("ServiceAttributesMap", 1, 30, service_attribute_key, service_attribute_value);

const struct shape get_service_attributes_input = STRUCT("GetServiceAttributesRequest",
    MUST("ServiceId", resource_arn));
const struct shape update_service_attributes_input = STRUCT("UpdateServiceAttributesRequest",
    MUST("ServiceId",  resource_arn),
    MUST("Attributes", service_attributes));
const struct shape delete_service_attributes_input = STRUCT("DeleteServiceAttributesRequest",
    MUST("ServiceId",  resource_arn),
    MUST("Attributes", service_attribute_keys));

/* Instances */

const struct shape register_instance_input = STRUCT("RegisterInstanceRequest",
    MUST("ServiceId",        resource_arn),
    MUST("InstanceId",       instance_id),
    MAY ("CreatorRequestId", resource_id),
    MUST("Attributes",       attributes));
const struct shape deregister_instance_input = STRUCT("DeregisterInstanceRequest",
    MUST("ServiceId",  resource_arn),
    MUST("InstanceId", resource_id));
const struct shape get_instance_input = STRUCT("GetInstanceRequest",
    MUST("ServiceId",  resource_arn),
    MUST("InstanceId", resource_id));
const struct shape list_instances_input = STRUCT("ListInstancesRequest",
    MUST("ServiceId",  resource_arn),
    MAY ("NextToken",  next_page),
    MAY ("MaxResults", max_results));

static const struct shape instance_ids = LIST_OF("InstanceIdList", 1, NO_MAX, resource_id);
const struct shape get_instances_health_status_input = STRUCT("GetInstancesHealthStatusRequest",
    MUST("ServiceId",  resource_arn),
    MAY ("Instances",  instance_ids),
    MAY ("MaxResults", max_results),
    MAY ("NextToken",  next_page));

static const struct shape custom_health = ENUM("CustomHealthStatus", "HEALTHY", "UNHEALTHY");
const struct shape update_instance_custom_health_status_input = STRUCT("UpdateInstanceCustomHealthStatusRequest",
    MUST("ServiceId",  resource_arn),
    MUST("InstanceId", resource_id),
    MUST("Status",     custom_health));

static const struct shape health_filter = ENUM("HealthStatusFilter",
    "HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL");
const struct shape discover_instances_input = STRUCT("DiscoverInstancesRequest",
    MUST("NamespaceName",      namespace_name),
    MUST("ServiceName",        service_name),
    MAY ("MaxResults",         discover_max),
    MAY ("QueryParameters",    attributes),
    MAY ("OptionalParameters", attributes),
    MAY ("HealthStatus",       health_filter),
    MAY ("OwnerAccount",       account));
const struct shape discover_instances_revision_input = STRUCT("DiscoverInstancesRevisionRequest",
    MUST("NamespaceName", namespace_name),
    MUST("ServiceName",   service_name),
    MAY ("OwnerAccount",  account));

/* Operations, lists, tags */

const struct shape get_operation_input = STRUCT("GetOperationRequest",
    MUST("OperationId",  operation_id),
    MAY ("OwnerAccount", account));

static const struct shape filter_condition = ENUM("FilterCondition", "EQ", "IN", "BETWEEN", "BEGINS_WITH");
static const struct shape filter_value     = STRING_OF("FilterValue", 1, 255);
static const struct shape filter_values    = LIST("FilterValues", filter_value);

static const struct shape namespace_filter_name = ENUM("NamespaceFilterName",
    "TYPE", "NAME", "HTTP_NAME", "RESOURCE_OWNER");
static const struct shape namespace_filter = STRUCT("NamespaceFilter",
    MUST("Name",      namespace_filter_name),
    MUST("Values",    filter_values),
    MAY ("Condition", filter_condition));
static const struct shape namespace_filters = LIST("NamespaceFilters", namespace_filter);
const struct shape list_namespaces_input = STRUCT("ListNamespacesRequest",
    MAY("NextToken",  next_page),
    MAY("MaxResults", max_results),
    MAY("Filters",    namespace_filters));

static const struct shape service_filter_name = ENUM("ServiceFilterName", "NAMESPACE_ID", "RESOURCE_OWNER");
static const struct shape service_filter = STRUCT("ServiceFilter",
    MUST("Name",      service_filter_name),
    MUST("Values",    filter_values),
    MAY ("Condition", filter_condition));
static const struct shape service_filters = LIST("ServiceFilters", service_filter);
const struct shape list_services_input = STRUCT("ListServicesRequest",
    MAY("NextToken",  next_page),
    MAY("MaxResults", max_results),
    MAY("Filters",    service_filters));

static const struct shape operation_filter_name = ENUM("OperationFilterName",
    "NAMESPACE_ID", "SERVICE_ID", "STATUS", "TYPE", "UPDATE_DATE");
static const struct shape operation_filter = STRUCT("OperationFilter",
    MUST("Name",      operation_filter_name),
    MUST("Values",    filter_values),
    MAY ("Condition", filter_condition));
static const struct shape operation_filters = LIST("OperationFilters", operation_filter);
const struct shape list_operations_input = STRUCT("ListOperationsRequest",
    MAY("NextToken",  next_page),
    MAY("MaxResults", max_results),
    MAY("Filters",    operation_filters));

const struct shape list_tags_for_resource_input = STRUCT("ListTagsForResourceRequest",
    MUST("ResourceARN", any_arn));
const struct shape tag_input = STRUCT("TagResourceRequest",
    MUST("ResourceARN", any_arn),
    MUST("Tags",        tags));
const struct shape untag_input = STRUCT("UntagResourceRequest",
    MUST("ResourceARN", any_arn),
    MUST("TagKeys",     tag_keys));

/* A state document's elements: what Get shows, with what must be known to put them back. Only what
 * cannot be derived is read. */

static const struct shape moment         = {OF("Timestamp", SHAPE_NUMBER)};
static const struct shape namespace_type = ENUM("NamespaceType", "DNS_PUBLIC", "DNS_PRIVATE", "HTTP");

static const struct shape state_soa = STRUCT("StateSOA",
    MAY("TTL", record_ttl));
static const struct shape state_dns_properties = STRUCT("StateDnsProperties",
    MAY("HostedZoneId", resource_id),
    MAY("SOA",          state_soa));
static const struct shape state_http_properties = STRUCT("StateHttpProperties",
    MAY("HttpName", namespace_name));
static const struct shape state_properties = STRUCT("StateProperties",
    MAY("DnsProperties",  state_dns_properties),
    MAY("HttpProperties", state_http_properties));
const struct shape state_namespace = STRUCT("StateNamespace",
    MUST("Id",               resource_id),
    MUST("Name",             namespace_name),
    MUST("Type",             namespace_type),
    MAY ("Description",      description),
    MAY ("Properties",       state_properties),
    MAY ("CreateDate",       moment),
    MAY ("CreatorRequestId", resource_id),
    MAY ("Vpc",              resource_id));

static const struct shape state_dns_config = STRUCT("StateDnsConfig",
    MAY("NamespaceId",   resource_id),
    MAY("RoutingPolicy", routing_policy),
    MAY("DnsRecords",    dns_records));
const struct shape state_service = STRUCT("StateService",
    MUST("Id",                      resource_id),
    MUST("Name",                    service_name),
    MUST("NamespaceId",             resource_id),
    MAY ("Description",             description),
    MAY ("DnsConfig",               state_dns_config),
    MAY ("HealthCheckConfig",       health_check),
    MAY ("HealthCheckCustomConfig", custom_health_check),
    MAY ("CreateDate",              moment),
    MAY ("CreatorRequestId",        resource_id),
    MAY ("Attributes",              service_attributes));

const struct shape state_instance = STRUCT("StateInstance",
    MUST("ServiceId",        resource_id),
    MUST("Id",               instance_id),
    MAY ("CreatorRequestId", resource_id),
    MUST("Attributes",       attributes),
    MAY ("HealthStatus",     custom_health));
