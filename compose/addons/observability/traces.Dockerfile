# Stand-ins for the official images that compose.traces.yaml names, with the same programs, paths and users.
# No `# syntax=` line: it would need an image registry.
ARG BASE
# The stage `toolchain` is that of ../../images/temporal.Dockerfile, word for word: BuildKit builds it once.
FROM ${BASE} AS toolchain
RUN apt-get update \
 && apt-get install -y --no-install-recommends golang-go ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*

# The official distribution has hundreds of parts; this one has the two that are configured.
FROM toolchain AS build-collector
ARG CGO_ENABLED
ARG GOTOOLCHAIN
ARG GOFLAGS
ENV GOMODCACHE=/var/cache/temporal-devenv/go-mod GOCACHE=/var/cache/temporal-devenv/go-build
WORKDIR /build
COPY collector .
RUN --mount=type=cache,target=/var/cache/temporal-devenv/go-mod \
    --mount=type=cache,target=/var/cache/temporal-devenv/go-build \
    --mount=type=secret,id=ca \
    set -eu; if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    echo "building otel-collector"; \
    go build -o /out/otelcol-contrib -v .; \
    times

# This stage and the next are those of ../../images/opensearch.Dockerfile, word for word.
FROM ${BASE} AS java
# The slim base has no manual pages, and not the directory into which Java's package puts a link to one.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl openjdk-21-jre-headless \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd -g 1000 opensearch \
 && useradd -u 1000 -g opensearch -d /usr/share/opensearch -s /bin/bash opensearch

FROM java AS maven
RUN apt-get update && apt-get install -y --no-install-recommends maven openssl && rm -rf /var/lib/apt/lists/*

FROM maven AS download-zipkin
RUN apt-get update && apt-get install -y --no-install-recommends unzip && rm -rf /var/lib/apt/lists/*
ARG VERSION
# Java reads trust from a key store of its own.
RUN --mount=type=cache,target=/var/cache/temporal-devenv/maven \
    --mount=type=secret,id=ca \
    set -eu; echo "downloading zipkin ${VERSION}"; \
    if [ -s /run/secrets/ca ]; then \
      openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in /run/secrets/ca -out /tmp/ca -passout pass:temporary; \
      export MAVEN_OPTS="-Djavax.net.ssl.trustStore=/tmp/ca -Djavax.net.ssl.trustStorePassword=temporary"; \
    fi; \
    mvn --batch-mode --no-transfer-progress --update-snapshots -Dmaven.repo.local=/var/cache/temporal-devenv/maven \
      dependency:copy "-Dartifact=io.zipkin:zipkin-server:${VERSION}:jar:slim" -DoutputDirectory=/tmp/zipkin; \
    unzip -q /tmp/zipkin/*.jar -d /zipkin; \
    times

FROM ${BASE} AS otel-collector
COPY --from=build-collector /out/otelcol-contrib /otelcol-contrib
USER 10001
EXPOSE 4317 4318
ENTRYPOINT ["/otelcol-contrib"]

FROM java AS zipkin
COPY --from=download-zipkin /zipkin /zipkin
WORKDIR /zipkin
USER nobody
EXPOSE 9411
ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -cp '.:BOOT-INF/lib/*:BOOT-INF/classes' zipkin.server.ZipkinServer"]
