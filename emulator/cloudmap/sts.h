/* SPDX-License-Identifier: Apache-2.0
 *
 * STS: GetCallerIdentity, which Terraform, CDK and scripts ask before anything else, and nothing
 * more. Source of the form: AWS STS API reference, 2011-06-15.
 */
#ifndef CLOUDMAP_STS_H
#define CLOUDMAP_STS_H

#include "arn.h"

struct http_request;
struct http_response;

/* The Action of a form body or of the query, in the request's arena; NULL if there is none. */
const char *sts_action(const struct http_request *);

#define STS_ACTION "GetCallerIdentity"

/* False if the action is another one: the answer says so. */
bool sts_answer(const struct http_request *, const struct scope *, bool with_cors,
                struct http_response *out);

#endif
