/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request asks for of one type, taken into the stream's subscription.
 */
#ifndef XDS_SUBSCRIBE_H
#define XDS_SUBSCRIBE_H

#include "request.h"
#include "subscription.h"

struct asking {
    struct subscription *subscription;
    const struct request *request;
    const struct xds_resources *resources; /* what there is of the type now */
    bool is_whole;                         /* empty names are a wildcard: LDS and CDS alone */
    bool trusts_client;                    /* what it says to hold needs no answer */
};

void subscribe_sotw(const struct asking *, struct arena *);
void subscribe_delta(const struct asking *, struct arena *);

#endif
