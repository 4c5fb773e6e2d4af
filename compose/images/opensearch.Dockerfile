# Stand-in for opensearchproject/opensearch without its plugins, assembled from the published Maven artifacts.
# Contract: ../../docs/images.md. No `# syntax=` line: it would need an image registry.
ARG BASE
FROM ${BASE} AS runtime
# The slim base has no manual pages, and not the directory into which Java's package puts a link to one.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl openjdk-21-jre-headless \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd -g 1000 opensearch \
 && useradd -u 1000 -g opensearch -d /usr/share/opensearch -s /bin/bash opensearch

FROM runtime AS build
RUN apt-get update && apt-get install -y --no-install-recommends maven openssl && rm -rf /var/lib/apt/lists/*
ARG OPENSEARCH_VERSION
COPY maven/maven.sh opensearch/pom.xml opensearch/assemble.sh /build/
RUN --mount=type=cache,target=/var/cache/temporal-devenv/maven \
    --mount=type=secret,id=ca \
    sh /build/assemble.sh "${OPENSEARCH_VERSION}" /usr/share/opensearch

FROM runtime AS opensearch
ARG OPENSEARCH_VERSION
ENV OPENSEARCH_HOME=/usr/share/opensearch OPENSEARCH_PATH_CONF=/usr/share/opensearch/config \
    PATH=/usr/share/opensearch/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /usr/share/opensearch
COPY --from=build --chown=opensearch:opensearch /usr/share/opensearch ./
COPY --chown=opensearch:opensearch opensearch/config/ config/
COPY --chown=opensearch:opensearch --chmod=0755 opensearch/opensearch bin/
COPY --chown=opensearch:opensearch --chmod=0755 opensearch/opensearch-docker-entrypoint.sh ./
COPY --chmod=0755 opensearch/record-classes.sh /usr/local/libexec/
USER opensearch
RUN /usr/local/libexec/record-classes.sh /usr/share/opensearch/lib/classes.jsa
EXPOSE 9200 9300
ENTRYPOINT ["./opensearch-docker-entrypoint.sh"]
CMD ["opensearch"]
