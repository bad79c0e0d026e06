# SPDX-License-Identifier: Apache-2.0
"""Cloud Map and STS by AWS's own clients: the workshop's chapter, state, seeds, operations."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

import clients
import wire
from emulator import PATIENCE_S, run

TARGET = "Route53AutoNaming_v20170314."


def connect(emulator, account=clients.ACCOUNT, **more):
    return clients.connect(emulator, account, service="servicediscovery", **more)


def finished(client, answer):
    """The operation of an answer, once it is over."""
    while True:
        operation = client.get_operation(OperationId=answer["OperationId"])["Operation"]
        if operation["Status"] != "PENDING":
            return operation


def refused(call, **arguments):
    """(code, message) of a call that must fail; always with status 400."""
    status, code, message = clients.refusal(call, **arguments)
    assert status == 400
    return code, message


def build(client, name="workshop.local"):
    """A private namespace with the workshop's service and two instances."""
    created = client.create_private_dns_namespace(Name=name, Vpc="vpc-1")
    namespace = finished(client, created)["Targets"]["NAMESPACE"]
    service = client.create_service(
        Name="crystal",
        NamespaceId=namespace,
        DnsConfig={"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 300}]},
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]["Id"]
    for number in range(2):
        attributes = {"AWS_INSTANCE_IPV4": f"10.0.0.{number}", "set": f"task-{number}"}
        client.register_instance(
            ServiceId=service, InstanceId=f"task-{number}", Attributes=attributes
        )
    return namespace, service


def test_the_chapter_of_the_workshop(emulator, account):
    client = connect(emulator, account)
    namespace, service = build(client)
    (found,) = [
        n["Id"]
        for page in client.get_paginator("list_namespaces").paginate()
        for n in page["Namespaces"]
        if n["Properties"]["HttpProperties"]["HttpName"] == "workshop.local"
    ]
    assert found == namespace
    health = client.get_instances_health_status(ServiceId=service)["Status"]
    assert health == {"task-0": "HEALTHY", "task-1": "HEALTHY"}
    names = {"NamespaceName": "workshop.local", "ServiceName": "crystal"}
    client.update_instance_custom_health_status(
        ServiceId=service, InstanceId="task-0", Status="UNHEALTHY"
    )
    instances = client.discover_instances(**names)["Instances"]
    assert [i["InstanceId"] for i in instances] == ["task-1"]
    assert instances[0]["Attributes"]["AWS_INSTANCE_IPV4"] == "10.0.0.1"
    assert refused(client.delete_service, Id=service)[0] == "ResourceInUse"
    assert refused(client.delete_namespace, Id=namespace)[0] == "ResourceInUse"
    for page in client.get_paginator("list_instances").paginate(ServiceId=service):
        for instance in page["Instances"]:
            answer = client.deregister_instance(ServiceId=service, InstanceId=instance["Id"])
            assert finished(client, answer)["Status"] == "SUCCESS"
    client.delete_service(Id=service)
    assert finished(client, client.delete_namespace(Id=namespace))["Status"] == "SUCCESS"
    assert client.list_namespaces()["Namespaces"] == []
    assert client.list_operations()["Operations"] != []  # those of the service's instances


def test_the_controllers_calls(emulator, account):
    """ListServices filtered without a Condition, instances without a health check: UNKNOWN."""
    client = connect(emulator, account)
    namespace, _ = build(client)
    arguments = {"Name": "nodejs", "NamespaceId": namespace, "CreatorRequestId": "uid"}
    service = client.create_service(**arguments)["Service"]
    assert client.create_service(**arguments)["Service"] == service
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace]}]
    names = {s["Name"] for s in client.list_services(Filters=filters)["Services"]}
    assert names == {"crystal", "nodejs"}
    client.register_instance(
        ServiceId=service["Id"],
        InstanceId="10.0.100.4",
        Attributes={"AWS_INSTANCE_IPV4": "10.0.100.4", "AWS_INIT_HEALTH_STATUS": "HEALTHY",
                    "k8s.io/pod": "p", "app": "nodejs"},
    )  # fmt: skip
    health = client.get_instances_health_status(ServiceId=service["Id"])["Status"]
    assert health == {"10.0.100.4": "UNKNOWN"}


def test_accounts_and_regions_are_apart(emulator, account):
    client, other = connect(emulator, account), clients.new_account()
    namespace, service = build(client)
    for stranger in (connect(emulator, other), connect(emulator, account, region="eu-west-1")):
        assert stranger.list_namespaces()["Namespaces"] == []
        assert refused(stranger.get_service, Id=service) == ("ServiceNotFound", "Service not found")
        assert refused(stranger.get_namespace, Id=namespace)[0] == "NamespaceNotFound"


def test_errors_carry_their_members(emulator, account):
    client = connect(emulator, account)
    namespace, service = build(client)
    with pytest.raises(ClientError) as caught:
        client.create_service(Name="CRYSTAL", NamespaceId=namespace)
    assert caught.value.response["ServiceId"] == service
    assert caught.value.response["Error"]["Code"] == "ServiceAlreadyExists"
    client.create_http_namespace(Name="plain", CreatorRequestId="first")
    with pytest.raises(ClientError) as caught:
        client.create_http_namespace(Name="plain", CreatorRequestId="second")
    assert caught.value.response["CreatorRequestId"] == "first"


@pytest.mark.parametrize("host", ["data-servicediscovery.us-west-2.amazonaws.com", "data-x"])
def test_any_host_is_taken(emulator, account, host):
    build(connect(emulator, account))
    answer = wire.Connection(emulator, account).request(
        "POST",
        "/",
        {"NamespaceName": "workshop.local", "ServiceName": "crystal"},
        {"X-Amz-Target": TARGET + "DiscoverInstances", "Host": host},
    )
    assert answer.status == 200 and len(answer.json["Instances"]) == 2


def state_of(connection):
    answer = connection.get("/_emulator/state")
    assert answer.status == 200
    return answer.json


def test_the_state_comes_back_as_it_was(server, control):
    client = connect(server)
    namespace, service = build(client)
    arn = client.get_namespace(Id=namespace)["Namespace"]["Arn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "v"}])
    client.update_service_attributes(ServiceId=service, Attributes={"a": "b"})
    client.update_instance_custom_health_status(
        ServiceId=service, InstanceId="task-0", Status="UNHEALTHY"
    )
    before = state_of(control)
    part = before["accounts"][clients.ACCOUNT][clients.REGION]["cloudMap"]
    assert [len(part[n]) for n in ("namespaces", "services", "instances")] == [1, 1, 2]
    resources = control.get("/_emulator/health").json["resources"]
    assert [resources[n] for n in ("namespace", "service", "instance")] == [1, 1, 2]
    assert control.request("POST", "/_emulator/reset").status == 200
    assert client.list_namespaces()["Namespaces"] == []
    assert control.put("/_emulator/state", before).status == 200
    assert state_of(control) == before
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert client.get_service(Id=service)["Service"]["InstanceCount"] == 2
    health = client.get_instances_health_status(ServiceId=service)["Status"]
    assert health["task-0"] == "UNHEALTHY"


def test_the_state_takes_instances_that_an_updated_service_would_not(server, control):
    client = connect(server)
    created = client.create_public_dns_namespace(Name="a.example")
    namespace = finished(client, created)["Targets"]["NAMESPACE"]
    records = {"DnsRecords": [{"Type": "A", "TTL": 60}]}
    service = client.create_service(Name="s", NamespaceId=namespace, DnsConfig=records)
    service = service["Service"]["Id"]
    client.register_instance(
        ServiceId=service, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"}
    )
    change = {"DnsConfig": records, "HealthCheckConfig": {"Type": "TCP"}}  # which needs a port
    client.update_service(Id=service, Service=change)
    before = state_of(control)
    assert control.put("/_emulator/state", before).status == 200
    assert state_of(control) == before


NAMESPACE = {"Id": "ns-a", "Name": "n", "Type": "HTTP"}
A_SERVICE = {"Id": "srv-a", "Name": "s", "NamespaceId": "ns-a"}
AN_INSTANCE = {"ServiceId": "srv-a", "Id": "i", "Attributes": {}}


@pytest.mark.parametrize(
    ("member", "elements", "message"),
    [
        ("namespaces", [NAMESPACE, NAMESPACE], "Id is given twice"),
        ("namespaces", [NAMESPACE, {**NAMESPACE, "Id": "ns-b"}], "Name is given twice"),
        ("namespaces", [NAMESPACE, {**NAMESPACE, "Id": "x"}], "Id must be ns-"),
        ("namespaces", [NAMESPACE, {"Id": "ns-b", "Type": "HTTP"}],
         "Value null at 'accounts.{place}.cloudMap.namespaces.2.member.name'"),
        ("services", [A_SERVICE, {**A_SERVICE, "Id": "srv-b"}], "Name is given twice"),
        ("services", [A_SERVICE, {**A_SERVICE, "Id": "srv-b", "NamespaceId": "ns-b"}],
         "Namespace not found"),
        ("instances", [AN_INSTANCE, AN_INSTANCE], "Id is given twice"),
        ("instances", [AN_INSTANCE, {**AN_INSTANCE, "ServiceId": "srv-b"}], "Service not found"),
        ("instances", [{**AN_INSTANCE, "Attributes": {"AWS_INSTANCE_IPV4": "x"}}],
         "AWS_INSTANCE_IPV4 must be an IPv4 address"),
        ("instances", {}, "not a list"),
    ],
)  # fmt: skip
def test_a_state_that_does_not_hold_is_refused_where_it_fails(control, member, elements, message):
    part = {"namespaces": [NAMESPACE], "services": [A_SERVICE], member: elements}
    regions = {clients.REGION: {"cloudMap": part}}
    answer = control.put("/_emulator/state", {"format": 1, "accounts": {clients.ACCOUNT: regions}})
    place = f"{clients.ACCOUNT}.{clients.REGION}"
    assert answer.status == 400
    said = answer.json["message"]
    assert message.format(place=place) in said
    assert f"accounts.{place}.cloudMap.{member}" in said
    assert state_of(control)["accounts"] == {}


def write_seed(path, *lines):
    path.write_text(
        "".join(
            json.dumps({"service": "servicediscovery", "operation": o, "input": i}) + "\n"
            for o, i in lines
        )
    )
    return path


def test_a_seed_names_what_has_no_id_yet(start, tmp_path):
    seed = write_seed(
        tmp_path / "seed.jsonl",
        ("CreateHttpNamespace", {"Name": "n"}),
        ("CreateService", {"Name": "s", "NamespaceId": "n"}),
        ("RegisterInstance", {"ServiceId": "n/s", "InstanceId": "i", "Attributes": {"a": "b"}}),
    )
    client = connect(start("--seed", seed))
    found = client.discover_instances(NamespaceName="n", ServiceName="s")["Instances"]
    assert [(i["InstanceId"], i["Attributes"]) for i in found] == [("i", {"a": "b"})]


def test_a_seed_ends_at_an_operation_that_fails(tmp_path):
    twice = ("CreatePrivateDnsNamespace", {"Name": "n", "Vpc": "vpc-1"})
    seed = write_seed(tmp_path / "seed.jsonl", twice, twice)
    ended = run("serve", "--memory", "--listen", "127.0.0.1:0", "--seed", seed)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "line 2: CANNOT_CREATE_HOSTED_ZONE: The VPC that you chose, vpc-1" in ended.stderr


def test_an_operation_is_pending_until_the_delay_ends(start):
    client = connect(start("--operation-delay", "300"))
    answer = client.create_http_namespace(Name="n")
    operation = client.get_operation(OperationId=answer["OperationId"])["Operation"]
    assert operation["Status"] == "PENDING"
    assert client.list_namespaces()["Namespaces"] == []
    assert refused(client.create_http_namespace, Name="n") == (
        "DuplicateRequest",
        f"Another operation of type CreateHttpNamespace and id {answer['OperationId']} "
        "is in progress",
    )
    operation = finished(client, answer)
    assert operation["Status"] == "SUCCESS"
    took = operation["UpdateDate"] - operation["CreateDate"]
    assert took.total_seconds() >= 0.3
    assert len(client.list_namespaces()["Namespaces"]) == 1


def test_what_a_kill_left_pending_is_done_at_the_next_start(start, tmp_path):
    first = start("--operation-delay", "3600000", data=tmp_path / "data")
    answer = connect(first).create_http_namespace(Name="n")
    first.kill()
    client = connect(start("--operation-delay", "3600000", data=tmp_path / "data"))
    operation = client.get_operation(OperationId=answer["OperationId"])["Operation"]
    assert operation["Status"] == "SUCCESS"
    assert [n["Name"] for n in client.list_namespaces()["Namespaces"]] == ["n"]


def test_requests_are_counted(emulator, account):
    connect(emulator, account).list_namespaces()
    text = wire.Connection(emulator).get("/_emulator/metrics").body.decode()
    assert 'requests_total{operation="ListNamespaces",status="200"}' in text
    assert 'resources{kind="instance"}' in text


def test_sts_says_who_asks(emulator, account):
    client = clients.connect(emulator, account, service="sts")
    identity = client.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:root")
    with pytest.raises(ClientError) as caught:
        client.get_session_token()
    assert caught.value.response["Error"]["Code"] == "InvalidAction"


@pytest.mark.client_bound
def test_the_cli(emulator, account):
    cli = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent))
    if not cli:
        pytest.skip("the AWS CLI is not installed")

    def aws(*arguments):
        answer = subprocess.run(
            [cli, *arguments, "--output", "json"],
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": emulator.url,
                "AWS_ACCESS_KEY_ID": account,
                "AWS_SECRET_ACCESS_KEY": "any",
                "AWS_DEFAULT_REGION": clients.REGION,
                "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout) if answer.stdout.strip() else None

    sd = "servicediscovery"
    aws(sd, "create-http-namespace", "--name", "n")
    (namespace,) = aws(sd, "list-namespaces")["Namespaces"]
    service = aws(
        sd, "create-service", "--name", "s", "--namespace-id", namespace["Id"],
        "--health-check-custom-config", "FailureThreshold=1",
    )["Service"]["Id"]  # fmt: skip
    one = ("--service-id", service, "--instance-id", "i")
    aws(sd, "register-instance", *one, "--attributes", "AWS_INSTANCE_IPV4=10.0.0.1,set=a")
    aws(sd, "update-instance-custom-health-status", *one, "--status", "HEALTHY")
    names = ("--namespace-name", "n", "--service-name", "s")
    (instance,) = aws(sd, "discover-instances", *names)["Instances"]
    assert instance["Attributes"] == {"AWS_INSTANCE_IPV4": "10.0.0.1", "set": "a"}
    assert aws("sts", "get-caller-identity")["Account"] == account
