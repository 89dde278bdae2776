# Two stages: everything that builds stays in the first.
FROM node:26.10.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package needs its install script here: the image has Node, the rest only look for faster binaries. Not `npm ci`,
# which refuses a lock file that lacks optional packages of other platforms.
RUN npm install --ignore-scripts --no-audit --no-fund
COPY . .
RUN node bin/pack.ts \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-*

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production
# For TLS to a Temporal cluster: its client trusts the system's authorities.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/waybill
# Database, store, keys and the administrator's token; found from here as in a clone.
RUN mkdir .waybill && chown node:node .waybill
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/bin/waybill.js /build/bin/engines.js ./bin/
RUN ln -s /srv/waybill/bin/waybill.js /usr/local/bin/waybill
USER node
VOLUME /srv/waybill/.waybill
EXPOSE 7080
ENTRYPOINT ["node", "/srv/waybill/dist/bin/main.js"]
CMD ["--help"]
