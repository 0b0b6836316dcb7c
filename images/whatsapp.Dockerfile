# The pods of WhatsApp accounts. libsignal in it is GPL-3.0 (NOTICE): who distributes this image takes on
# that licence's duties for it; the package's source is in the image. Built by scripts/images.
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

FROM manifests AS whatsapp-files
RUN sh /usr/local/lib/rarity/install-packages.sh contracts platform channel-kit whatsapp \
  && sh /usr/local/lib/rarity/collect-runtime.sh /runtime /packages

FROM scratch AS whatsapp
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["services/whatsapp/src/main.ts"]
COPY --from=whatsapp-files /runtime /
WORKDIR /app
COPY --from=whatsapp-files /packages .
COPY package.json LICENSE NOTICE ./
COPY services/contracts services/contracts
COPY services/platform services/platform
COPY services/channel-kit services/channel-kit
COPY services/whatsapp services/whatsapp
USER 10001:10001
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rarity Leads WhatsApp" \
  org.opencontainers.image.description="One sending WhatsApp account of Rarity Leads" \
  org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-only" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

# For the dev loop: the same files with a shell and tar, run from a copy that may be changed.
FROM ${BASE} AS whatsapp-dev
ENV NODE_ENV=production
COPY images/dev-entrypoint.sh /usr/local/lib/rarity/
COPY --from=whatsapp /app /app
USER 10001:10001
ENTRYPOINT ["sh", "/usr/local/lib/rarity/dev-entrypoint.sh"]
CMD ["services/whatsapp/src/main.ts"]
