/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as JSON, for people and tests: protobuf's JSON mapping with the fields' original names,
 * Anys opened, and private keys as "[redacted]".
 *
 * Source: protobuf.dev, ProtoJSON Format. Fields come in ascending order of their numbers.
 */
#ifndef XDS_DUMP_H
#define XDS_DUMP_H

#include "bytes.h"
#include "snapshot.h"

struct ProtobufCMessage;

void dump_message(struct buffer *, const struct ProtobufCMessage *);

/* {"LDS":[],"CDS":[],"EDS":[],"RDS":[],"SDS":[]}, each resource with its "@type". */
void dump_snapshot(struct buffer *, const struct snapshot *);

#endif
