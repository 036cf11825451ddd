# The server: web side, worker and every other program. Repositories' code does not run here but in sandbox-image.
#   docker build -t journeyman:dev .
# Where a proxy re-signs TLS, put its authority's PEM file beside this one as `extra-ca.crt`: the downloads of the build trust
# it, and the image does not hold it. Tarballs of node and npm that lie here are used instead of a download, as in sandbox-image.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/*
ARG NPM_REGISTRY=https://registry.npmjs.org
WORKDIR /tools
COPY sandbox-image/node.sh node-linux-*.tgz npm-*.tgz extra-ca.crt* ./
RUN sh node.sh "$NPM_REGISTRY" /opt/node
ENV PATH=/opt/node/bin:$PATH
WORKDIR /app
COPY package.json package-lock.json ./
# No package's install script is needed, so none runs.
RUN if [ -s /tools/extra-ca.crt ]; then export NODE_EXTRA_CA_CERTS=/tools/extra-ca.crt; fi \
 && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --registry "$NPM_REGISTRY"
COPY tsconfig.json tsconfig.build.json rolldown.config.ts LICENSE app.yml ./
COPY prompts prompts
COPY src src
# Last, readable for the user of the image however the checkout's modes are set.
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts --offline --no-audit --no-fund --no-update-notifier \
 && rm -rf src tsconfig.json tsconfig.build.json rolldown.config.ts package-lock.json \
 && find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && find . -type d -empty -delete \
 && chmod -R a+rX . \
 && chmod a+x dist/app/main.js

FROM ${BASE}
LABEL org.opencontainers.image.title=journeyman org.opencontainers.image.licenses=MIT
# git for the mirrors of repositories, tar for the way into sandboxes. Nothing here may raise its rights.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates git tar \
 && find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* \
 # The sandbox's user has the same number: it owns what comes out of the archives that the worker makes.
 && groupadd --gid 10001 journeyman \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin journeyman \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/node/bin/node /usr/local/bin/node
COPY --from=build /app /app
RUN ln -s /app/dist/app/main.js /usr/local/bin/journeyman
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER 10001:10001
WORKDIR /data
EXPOSE 3000
# `work` has no web side: switch this off there.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["journeyman"]
CMD ["serve"]
