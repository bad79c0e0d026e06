// SPDX-License-Identifier: Apache-2.0

// The life of a small mesh through AWS's Go SDK. Prints what it saw as JSON.
// usage: life URL ACCOUNT
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appmesh"
	"github.com/aws/aws-sdk-go-v2/service/appmesh/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var (
	ctx   = context.Background()
	names = []string{"a", "b", "c", "d", "e"}
	mesh  = aws.String("go")
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func connect(url, account string) *appmesh.Client {
	return appmesh.New(appmesh.Options{
		BaseEndpoint: aws.String(url),
		Region:       "us-west-2",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: account, SecretAccessKey: "secret"}, nil
		}),
	})
}

func nodeSpec() *types.VirtualNodeSpec {
	return &types.VirtualNodeSpec{
		Listeners: []types.Listener{{
			PortMapping: &types.PortMapping{Port: aws.Int32(8080), Protocol: types.PortProtocolHttp},
			Timeout: &types.ListenerTimeoutMemberHttp{Value: types.HttpTimeout{
				Idle: &types.Duration{Unit: types.DurationUnitS, Value: aws.Int64(5)},
			}},
		}},
		ServiceDiscovery: &types.ServiceDiscoveryMemberDns{
			Value: types.DnsServiceDiscovery{Hostname: aws.String("node.local")},
		},
	}
}

// What an error looks like to a program: its type, code, status, message.
func failure[T error](err error) map[string]any {
	var typed T
	var code smithy.APIError
	var reply *smithyhttp.ResponseError
	if !errors.As(err, &code) || !errors.As(err, &reply) {
		fmt.Fprintln(os.Stderr, "no service error:", err)
		os.Exit(1)
	}
	return map[string]any{
		"name":    code.ErrorCode(),
		"typed":   errors.As(err, &typed),
		"status":  reply.HTTPStatusCode(),
		"message": code.ErrorMessage(),
	}
}

func createNodes(client *appmesh.Client) {
	for _, name := range names {
		must(client.CreateVirtualNode(ctx, &appmesh.CreateVirtualNodeInput{
			MeshName: mesh, VirtualNodeName: aws.String(name), Spec: nodeSpec(),
		}))
	}
}

func deleteNodes(client *appmesh.Client) {
	for _, name := range names {
		must(client.DeleteVirtualNode(ctx, &appmesh.DeleteVirtualNodeInput{
			MeshName: mesh, VirtualNodeName: aws.String(name),
		}))
	}
}

func paged(client *appmesh.Client) map[string]any {
	var sizes []int
	var found []string
	input := &appmesh.ListVirtualNodesInput{MeshName: mesh, Limit: aws.Int32(2)}
	for pages := appmesh.NewListVirtualNodesPaginator(client, input); pages.HasMorePages(); {
		page := must(pages.NextPage(ctx))
		sizes = append(sizes, len(page.VirtualNodes))
		for _, node := range page.VirtualNodes {
			found = append(found, *node.VirtualNodeName)
		}
	}
	return map[string]any{"sizes": sizes, "names": found}
}

func node(client *appmesh.Client) map[string]any {
	reply := must(client.DescribeVirtualNode(ctx, &appmesh.DescribeVirtualNodeInput{
		MeshName: mesh, VirtualNodeName: aws.String("a"),
	})).VirtualNode
	listener := reply.Spec.Listeners[0]
	discovery := reply.Spec.ServiceDiscovery.(*types.ServiceDiscoveryMemberDns)
	timeout := listener.Timeout.(*types.ListenerTimeoutMemberHttp)
	return map[string]any{
		"port":     *listener.PortMapping.Port,
		"hostname": *discovery.Value.Hostname,
		"idle":     *timeout.Value.Idle.Value,
		"version":  *reply.Metadata.Version,
		"dated":    !reply.Metadata.CreatedAt.IsZero(),
	}
}

func failures(client *appmesh.Client) []map[string]any {
	_, missing := client.DescribeMesh(ctx, &appmesh.DescribeMeshInput{MeshName: aws.String("gone")})
	_, twice := client.CreateMesh(ctx, &appmesh.CreateMeshInput{MeshName: mesh})
	_, used := client.DeleteMesh(ctx, &appmesh.DeleteMeshInput{MeshName: mesh})
	_, foreign := client.DescribeMesh(ctx, &appmesh.DescribeMeshInput{
		MeshName: mesh, MeshOwner: aws.String("999999999999"),
	})
	spec := nodeSpec()
	spec.Listeners = nil
	_, bad := client.UpdateVirtualNode(ctx, &appmesh.UpdateVirtualNodeInput{
		MeshName: mesh, VirtualNodeName: aws.String("a"), Spec: spec,
	})
	return []map[string]any{
		failure[*types.NotFoundException](missing),
		failure[*types.ConflictException](twice),
		failure[*types.ResourceInUseException](used),
		failure[*types.ForbiddenException](foreign),
		failure[*types.BadRequestException](bad),
	}
}

func main() {
	client := connect(os.Args[1], os.Args[2])
	made := must(client.CreateMesh(ctx, &appmesh.CreateMeshInput{MeshName: mesh})).Mesh
	createNodes(client)
	seen := map[string]any{
		"arn":      *made.Metadata.Arn,
		"node":     node(client),
		"pages":    paged(client),
		"failures": failures(client),
	}
	deleteNodes(client)
	gone := must(client.DeleteMesh(ctx, &appmesh.DeleteMeshInput{MeshName: mesh}))
	seen["deleted"] = gone.Mesh.Status.Status
	must(0, json.NewEncoder(os.Stdout).Encode(seen))
}
