/* SPDX-License-Identifier: Apache-2.0
 *
 * Every outcome that a client can see, its HTTP status and AWS name, and how a message comes with
 * it.
 */
#ifndef MODEL_STATUS_H
#define MODEL_STATUS_H

#include <stdarg.h>

struct arena;

#define NODISCARD __attribute__((warn_unused_result))

/* Source: botocore appmesh 2019-01-25 (the first ten); api-front-end errors that the model does not
 * declare follow; then those of Cloud Map, botocore servicediscovery 2017-03-14. */
#define STATUSES(X)                                                                                \
    X(OK, 200, NULL)                                                                               \
    X(ERR_BAD_REQUEST, 400, "BadRequestException")                                                 \
    X(ERR_CONFLICT, 409, "ConflictException")                                                      \
    X(ERR_FORBIDDEN, 403, "ForbiddenException")                                                    \
    X(ERR_INTERNAL, 500, "InternalServerErrorException")                                           \
    X(ERR_LIMIT, 400, "LimitExceededException")                                                    \
    X(ERR_NOT_FOUND, 404, "NotFoundException")                                                     \
    X(ERR_IN_USE, 409, "ResourceInUseException")                                                   \
    X(ERR_UNAVAILABLE, 503, "ServiceUnavailableException")                                         \
    X(ERR_TOO_MANY_REQUESTS, 429, "TooManyRequestsException")                                      \
    X(ERR_TOO_MANY_TAGS, 400, "TooManyTagsException")                                              \
    X(ERR_ACCESS_DENIED, 403, "AccessDeniedException")                                             \
    X(ERR_SERIALIZATION, 400, "SerializationException")                                            \
    X(ERR_UNKNOWN_OPERATION, 404, "UnknownOperationException")                                     \
    X(ERR_TOO_LARGE, 413, "RequestEntityTooLargeException")                                        \
    X(ERR_INVALID_INPUT, 400, "InvalidInput")                                                      \
    X(ERR_NO_NAMESPACE, 400, "NamespaceNotFound")                                                  \
    X(ERR_NO_SERVICE, 400, "ServiceNotFound")                                                      \
    X(ERR_NO_INSTANCE, 400, "InstanceNotFound")                                                    \
    X(ERR_NO_OPERATION, 400, "OperationNotFound")                                                  \
    X(ERR_NO_CUSTOM_HEALTH, 400, "CustomHealthNotFound")                                           \
    X(ERR_NO_TAGGED, 400, "ResourceNotFoundException")                                             \
    X(ERR_NAMESPACE_EXISTS, 400, "NamespaceAlreadyExists")                                         \
    X(ERR_SERVICE_EXISTS, 400, "ServiceAlreadyExists")                                             \
    X(ERR_OCCUPIED, 400, "ResourceInUse")                                                          \
    X(ERR_DUPLICATE_REQUEST, 400, "DuplicateRequest")                                              \
    X(ERR_TOO_MANY_ATTRIBUTES, 400, "ServiceAttributesLimitExceededException")                     \
    X(ERR_UNKNOWN_TARGET, 400, "UnknownOperationException")

#define STATUS_ENUMERATOR(name, http, aws) name,
enum status { STATUSES(STATUS_ENUMERATOR) STATUS_COUNT };
#undef STATUS_ENUMERATOR

int status_http(enum status);
const char *status_aws_name(enum status); /* NULL for OK */

/* What goes back to the client when something fails. The message lives in the arena, which the
 * owner of the error sets. */
struct error {
    struct arena *arena;
    enum status status;
    const char *message;
};

/* The one line to fail: sets status and message and returns the status. The first failure stays. */
enum status error_set(struct error *, enum status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
