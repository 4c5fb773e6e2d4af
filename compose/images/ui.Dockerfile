# Stand-in for temporalio/ui, built from the published Go module, which carries the built web pages.
# Contract: ../../docs/images.md. No `# syntax=` line: it would need an image registry.
ARG BASE
# The stages `toolchain` and `runtime` are those of temporal.Dockerfile, word for word: BuildKit builds them once.
FROM ${BASE} AS toolchain
RUN apt-get update \
 && apt-get install -y --no-install-recommends golang-go ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*

FROM toolchain AS build
ARG UI_VERSION
ARG CGO_ENABLED
ARG GOTOOLCHAIN
ARG GOFLAGS
ENV GOMODCACHE=/var/cache/temporal-devenv/go-mod GOCACHE=/var/cache/temporal-devenv/go-build
RUN --mount=type=cache,target=/var/cache/temporal-devenv/go-mod \
    --mount=type=cache,target=/var/cache/temporal-devenv/go-build \
    --mount=type=secret,id=ca \
    set -eu; if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    echo "building ui-server"; \
    GOBIN=/out/stage go install -v "github.com/temporalio/ui-server/v2/cmd/server@v${UI_VERSION}"; \
    module="${GOMODCACHE}/github.com/temporalio/ui-server/v2@v${UI_VERSION}"; \
    mkdir -p /out/home; \
    mv /out/stage/server /out/home/ui-server; \
    install -m 0755 "${module}/docker/start-ui-server.sh" /out/home/start-ui-server.sh; \
    cp -r "${module}/config" /out/home/config; \
    chmod -R u+w /out

FROM ${BASE} AS runtime
# The official images are Alpine, whose busybox gives nc, wget and getent; Debian's busybox has no `nc -z`.
RUN apt-get update \
 && apt-get install -y --no-install-recommends busybox ca-certificates netcat-openbsd tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && groupadd -g 1000 temporal && useradd -u 1000 -g temporal -m temporal

FROM runtime AS ui
WORKDIR /home/ui-server
COPY --from=build --chown=temporal:temporal /out/home ./
USER temporal
EXPOSE 8080
ENTRYPOINT ["./start-ui-server.sh"]
