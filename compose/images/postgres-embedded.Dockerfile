# Stand-in for the postgres image in a major version that Debian 13 lacks: the server from Maven Central
# (io.zonky.test.postgres), the client tools from Debian. Otherwise as postgres.Dockerfile.
# Contract: ../../docs/images.md. No `# syntax=` line: it would need an image registry.
ARG BASE
FROM ${BASE} AS build
# The slim base has no manual pages, and not the directory into which Java's package puts a link to one.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates maven openjdk-21-jre-headless openssl unzip xz-utils \
 && rm -rf /var/lib/apt/lists/*
ARG POSTGRES_VERSION
ARG POSTGRES_RELEASE
ARG TARGETARCH
COPY maven/maven.sh /build/
# Debian's clients look for the socket where Debian's server has it. The settings go to the end of the sample:
# initdb rewrites the first mention of each.
RUN --mount=type=cache,target=/var/cache/temporal-devenv/maven \
    --mount=type=secret,id=ca \
    set -eu; cd /build; echo "downloading Postgres ${POSTGRES_RELEASE}"; \
    architecture=$(echo "${TARGETARCH}" | sed 's/arm64/arm64v8/'); \
    artifact="io.zonky.test.postgres:embedded-postgres-binaries-linux-${architecture}:${POSTGRES_RELEASE}"; \
    sh maven.sh dependency:copy "-Dartifact=${artifact}" -DoutputDirectory=/build; \
    unzip -q embedded-postgres-binaries-*.jar '*.txz'; \
    home="/usr/lib/postgresql/${POSTGRES_VERSION}"; mkdir -p "${home}"; \
    tar -xJf postgres-*.txz -C "${home}"; \
    printf "%s\n" "listen_addresses = '*'" "unix_socket_directories = '/var/run/postgresql'" \
      >> "${home}/share/postgresql/postgresql.conf.sample"

FROM ${BASE} AS postgres
ARG POSTGRES_VERSION
RUN groupadd -g 999 postgres \
 && useradd -u 999 -g postgres -d /var/lib/postgresql -s /bin/bash postgres \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client-17 gosu libstdc++6 locales tzdata xz-utils zstd \
 && localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8 \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /docker-entrypoint-initdb.d \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql \
 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
COPY --from=build /usr/lib/postgresql /usr/lib/postgresql
COPY --chmod=0755 postgres/docker-entrypoint.sh /usr/local/bin/
ENV LANG=en_US.utf8 PG_MAJOR=${POSTGRES_VERSION} PGDATA=/var/lib/postgresql/data \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/lib/postgresql/${POSTGRES_VERSION}/bin:/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin:/sbin:/bin
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
