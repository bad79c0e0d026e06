# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced by the scripts that build or test: which Debian packages are missing, and their
# installation. All it says goes to standard error.

missing=()

# need PACKAGE COMMAND...: the package is missing if the command fails.
need() {
    "${@:2}" >/dev/null 2>&1 || missing+=("$1")
}

need_build_packages() {
    need gcc                 command -v gcc
    need libc6-dev           test -e /usr/include/stdio.h
    need cmake               command -v cmake
    need ninja-build         command -v ninja
    need pkg-config          command -v pkg-config
    need libcjson-dev        pkg-config --exists libcjson
    need liblmdb-dev         pkg-config --exists lmdb
    need libmicrohttpd-dev   pkg-config --exists libmicrohttpd
    need libssl-dev          pkg-config --exists libcrypto
    need libnghttp2-dev      pkg-config --exists libnghttp2
    need libprotobuf-c-dev   pkg-config --exists libprotobuf-c
    need libprotobuf-dev     test -e /usr/include/google/protobuf/any.proto
    need protobuf-c-compiler command -v protoc-c
}

# Installs what is missing, or names it and fails.
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-apt-get}" >/dev/null; then
        echo "please install, by their Debian names: ${missing[*]}" >&2
        return 1
    fi
    echo "installing ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -q >&2 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 || return 1
    missing=()
}
