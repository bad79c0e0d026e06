# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for one test run."""

import subprocess

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:appmesh.us-west-2.amazonaws.com"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make(folder):
    """Writes ca.pem, ca.key, server.pem and server.key; the folder."""
    (folder / "names").write_text(NAMES)
    openssl(
        folder, "req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=conformance", "-addext", "keyUsage=critical,keyCertSign",
    )  # fmt: skip
    openssl(
        folder, "req", *KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=emulator"
    )
    openssl(
        folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem",
    )  # fmt: skip
    return folder
