# SPDX-License-Identifier: Apache-2.0
#
# docker build -t appmesh-emulator .
# docker run -p 127.0.0.1:18080:18080 -p 127.0.0.1:18000:18000 -v appmesh:/data appmesh-emulator
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
COPY CMakeLists.txt CMakePresets.json /source/
COPY emulator /source/emulator
RUN /source/emulator/run version

FROM ${BASE}
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends libcjson1 libmicrohttpd12 \
        libprotobuf-c1 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /source/build/release/emulator/appmesh-emulator /usr/bin/
USER 10001:10001
# The store is where it always is, under the working directory: with an option here for it,
# -e APPMESH_EMULATOR_MEMORY=1 would be a contradiction.
WORKDIR /data
VOLUME /data
ENV APPMESH_EMULATOR_LISTEN=0.0.0.0:18080 APPMESH_EMULATOR_XDS=0.0.0.0:18000 \
    APPMESH_EMULATOR_CONTROL_HOST=*
EXPOSE 18080 18000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["appmesh-emulator", "health"]
ENTRYPOINT ["appmesh-emulator"]
