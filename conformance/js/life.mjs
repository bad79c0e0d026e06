// SPDX-License-Identifier: Apache-2.0
// The life of a small mesh through AWS's JavaScript SDK. Prints what it saw as JSON.
// usage: node life.mjs URL ACCOUNT

import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-app-mesh";

const [endpoint, accessKeyId] = process.argv.slice(2);
const client = new sdk.AppMeshClient({
  endpoint,
  region: "us-west-2",
  credentials: { accessKeyId, secretAccessKey: "secret" },
});

const NODES = ["a", "b", "c", "d", "e"];
const spec = {
  listeners: [{ portMapping: { port: 8080, protocol: "http" } }],
  serviceDiscovery: { dns: { hostname: "node.local" } },
};

// What an error looks like to a program: its class, status, message, request id.
async function failure(command, type) {
  try {
    await client.send(command);
  } catch (error) {
    return {
      name: error.name,
      typed: error instanceof type && error instanceof sdk.AppMeshServiceException,
      status: error.$metadata.httpStatusCode,
      message: error.message,
      requestId: error.$metadata.requestId,
    };
  }
  throw new Error("accepted");
}

async function paged() {
  const sizes = [];
  const names = [];
  const pages = sdk.paginateListVirtualNodes({ client, pageSize: 2 }, { meshName: "js" });
  for await (const page of pages) {
    sizes.push(page.virtualNodes.length);
    names.push(...page.virtualNodes.map((node) => node.virtualNodeName));
  }
  return { sizes, names };
}

const seen = {};
const mesh = (await client.send(new sdk.CreateMeshCommand({ meshName: "js" }))).mesh;
assert(mesh.metadata.createdAt instanceof Date);
seen.mesh = { arn: mesh.metadata.arn, spec: mesh.spec, status: mesh.status.status };
for (const virtualNodeName of NODES)
  await client.send(new sdk.CreateVirtualNodeCommand({ meshName: "js", virtualNodeName, spec }));
const input = { meshName: "js", virtualNodeName: "a" };
const node = (await client.send(new sdk.DescribeVirtualNodeCommand(input))).virtualNode;
seen.node = { spec: node.spec, version: node.metadata.version };
const update = new sdk.UpdateVirtualNodeCommand({ ...input, spec });
seen.version = (await client.send(update)).virtualNode.metadata.version;
seen.pages = await paged();
const tags = { resourceArn: mesh.metadata.arn, tags: [{ key: "a", value: "" }] };
await client.send(new sdk.TagResourceCommand(tags));
seen.tags = (await client.send(new sdk.ListTagsForResourceCommand(tags))).tags;
seen.failures = [
  await failure(new sdk.DescribeMeshCommand({ meshName: "gone" }), sdk.NotFoundException),
  await failure(new sdk.CreateMeshCommand({ meshName: "js" }), sdk.ConflictException),
  await failure(new sdk.DeleteMeshCommand({ meshName: "js" }), sdk.ResourceInUseException),
  await failure(
    new sdk.DescribeMeshCommand({ meshName: "js", meshOwner: "999999999999" }),
    sdk.ForbiddenException,
  ),
  await failure(
    new sdk.UpdateVirtualNodeCommand({ ...input, spec: { serviceDiscovery: spec.serviceDiscovery } }),
    sdk.BadRequestException,
  ),
];
for (const virtualNodeName of NODES)
  await client.send(new sdk.DeleteVirtualNodeCommand({ meshName: "js", virtualNodeName }));
seen.deleted = (await client.send(new sdk.DeleteMeshCommand({ meshName: "js" }))).mesh.status.status;
console.log(JSON.stringify(seen));
