# SPDX-License-Identifier: Apache-2.0
"""AWS's own Python client, pointed at the emulator, and how its errors are told."""

import itertools

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "us-west-2"

_session = botocore.session.Session()
_accounts = itertools.count(100_000_000_001)


def new_account():
    """Twelve digits nobody has used: every account has its own resources."""
    return str(next(_accounts))


def connect(emulator, account=ACCOUNT, region=REGION, validate=False, service="appmesh", **config):
    """A client of that account: an access key of twelve digits is the account."""
    return _session.create_client(
        service,
        endpoint_url=emulator.url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(
            parameter_validation=validate,
            retries={"total_max_attempts": 1},
            max_pool_connections=32,
            inject_host_prefix=False,
            **config,
        ),
        **({"verify": emulator.ca} if getattr(emulator, "ca", None) else {}),
    )


def refusal(call, **arguments):
    """(status, code, message) of a call that must fail."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        return (
            error.response["ResponseMetadata"]["HTTPStatusCode"],
            error.response["Error"]["Code"],
            error.response["Error"]["Message"],
        )
    raise AssertionError(f"accepted: {answer}")


def bad_request(message):
    return 400, "BadRequestException", message


def not_found(message):
    return 404, "NotFoundException", message


def conflict(message):
    return 409, "ConflictException", message


def in_use(message):
    return 409, "ResourceInUseException", message


def forbidden(message):
    return 403, "ForbiddenException", message


def over_limit(message):
    return 400, "LimitExceededException", message
