# What is free of GPL parts: target `services` (the core services and the migration), and target
# `operator`. A container's arguments name the program, for example services/edge/src/main.ts.
# Built by scripts/images; no BuildKit feature is needed.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY operator/package.json operator/
COPY services/accounts/package.json services/accounts/
COPY services/auth/package.json services/auth/
COPY services/channel-kit/package.json services/channel-kit/
COPY services/contracts/package.json services/contracts/
COPY services/edge/package.json services/edge/
COPY services/leads/package.json services/leads/
COPY services/orchestrator/package.json services/orchestrator/
COPY services/platform/package.json services/platform/
COPY services/sandbox/package.json services/sandbox/
COPY services/whatsapp/package.json services/whatsapp/
COPY images/install-packages.sh images/collect-runtime.sh /usr/local/lib/rarity/

FROM manifests AS operator-files
RUN sh /usr/local/lib/rarity/install-packages.sh operator contracts \
  && sh /usr/local/lib/rarity/collect-runtime.sh /runtime /packages

FROM scratch AS operator
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["operator/src/main.ts"]
COPY --from=operator-files /runtime /
WORKDIR /app
COPY --from=operator-files /packages .
COPY package.json LICENSE NOTICE ./
COPY services/contracts services/contracts
COPY crds crds
COPY operator operator
USER 10001:10001
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rarity Leads operator" \
  org.opencontainers.image.description="Turns Rarity Leads resources into running accounts" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

FROM manifests AS services-files
RUN sh /usr/local/lib/rarity/install-packages.sh contracts platform orchestrator leads accounts auth edge \
  && sh /usr/local/lib/rarity/collect-runtime.sh /runtime /packages

FROM scratch AS services
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["services/edge/src/main.ts"]
COPY --from=services-files /runtime /
WORKDIR /app
COPY --from=services-files /packages .
COPY package.json LICENSE NOTICE ./
COPY services/contracts services/contracts
COPY services/platform services/platform
COPY services/orchestrator services/orchestrator
COPY services/leads services/leads
COPY services/accounts services/accounts
COPY services/auth services/auth
COPY services/edge services/edge
USER 10001:10001
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rarity Leads services" \
  org.opencontainers.image.description="The core services of Rarity Leads and their migration" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

# For the dev loop: the same files with a shell and tar, run from a copy that may be changed.
FROM ${BASE} AS operator-dev
ENV NODE_ENV=production
COPY images/dev-entrypoint.sh /usr/local/lib/rarity/
COPY --from=operator /app /app
USER 10001:10001
ENTRYPOINT ["sh", "/usr/local/lib/rarity/dev-entrypoint.sh"]
CMD ["operator/src/main.ts"]

# For the dev loop: the same files with a shell and tar, run from a copy that may be changed.
FROM ${BASE} AS services-dev
ENV NODE_ENV=production
COPY images/dev-entrypoint.sh /usr/local/lib/rarity/
COPY --from=services /app /app
USER 10001:10001
ENTRYPOINT ["sh", "/usr/local/lib/rarity/dev-entrypoint.sh"]
CMD ["services/edge/src/main.ts"]
