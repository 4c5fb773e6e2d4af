# Stand-in for the postgres image, from Debian's own packages. Debian 13 has exactly one major version: 17.
# Contract: ../../docs/images.md. No `# syntax=` line: it would need an image registry.
ARG BASE
FROM ${BASE} AS postgres
ARG POSTGRES_VERSION
# The user comes first: Debian's package would take another uid than the official image.
# The cluster that the package makes on installation is switched off: data belongs into the volume.
# listen_addresses is opened in the sample file, from which initdb writes every postgresql.conf.
RUN groupadd -g 999 postgres \
 && useradd -u 999 -g postgres -d /var/lib/postgresql -s /bin/bash postgres \
 && mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/temporal-devenv.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends "postgresql-${POSTGRES_VERSION}" gosu locales tzdata xz-utils zstd \
 && localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8 \
 && rm -rf /var/lib/apt/lists/* \
 && sed -i "s/^#\?listen_addresses = .*/listen_addresses = '*'/" \
      "/usr/share/postgresql/${POSTGRES_VERSION}/postgresql.conf.sample" \
 && mkdir -p /docker-entrypoint-initdb.d \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql \
 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
COPY --chmod=0755 postgres/docker-entrypoint.sh /usr/local/bin/
# First on PATH: Debian's pg_isready in /usr/bin is a Perl wrapper, ten times slower in every health check.
ENV LANG=en_US.utf8 PG_MAJOR=${POSTGRES_VERSION} PGDATA=/var/lib/postgresql/data \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/lib/postgresql/${POSTGRES_VERSION}/bin:/usr/sbin:/usr/bin:/sbin:/bin
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
