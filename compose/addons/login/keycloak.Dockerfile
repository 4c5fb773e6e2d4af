# Stand-in for quay.io/keycloak/keycloak: the distribution of the same version, at the same place, for the same user.
# No `# syntax=` line: it would need an image registry.
ARG BASE
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

FROM maven AS download-keycloak
RUN apt-get update && apt-get install -y --no-install-recommends unzip && rm -rf /var/lib/apt/lists/*
ARG VERSION
# Java reads trust from a key store of its own.
RUN --mount=type=cache,target=/var/cache/temporal-devenv/maven \
    --mount=type=secret,id=ca \
    set -eu; echo "downloading keycloak ${VERSION}"; \
    if [ -s /run/secrets/ca ]; then \
      openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in /run/secrets/ca -out /tmp/ca -passout pass:temporary; \
      export MAVEN_OPTS="-Djavax.net.ssl.trustStore=/tmp/ca -Djavax.net.ssl.trustStorePassword=temporary"; \
    fi; \
    mvn --batch-mode --no-transfer-progress --update-snapshots -Dmaven.repo.local=/var/cache/temporal-devenv/maven \
      dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:zip" -DoutputDirectory=/tmp/keycloak; \
    unzip -q /tmp/keycloak/*.zip -d /opt; \
    mv "/opt/keycloak-${VERSION}" /opt/keycloak; \
    mkdir -p /opt/keycloak/data; \
    chown -R 1000:0 /opt/keycloak; chmod -R g+rwX /opt/keycloak; \
    times

FROM java AS keycloak
COPY --from=download-keycloak --chown=1000:0 /opt/keycloak /opt/keycloak
USER 1000
EXPOSE 8080 9000
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
