# syntax=docker/dockerfile:1
# The server in an image without a compiler. Dependencies are a layer of their own, built again only when a manifest
# or the lock file changes.

# Every manifest, and an empty program in the place of every crate: what the dependencies are built from. A later stage
# that copies this folder is cached by its content, so an edited source file does not reach it.
FROM rust:1.95-slim-bookworm AS skeleton
WORKDIR /build
COPY . .
RUN find . -type f ! -name Cargo.toml ! -name Cargo.lock ! -path './.cargo/*' \
        ! -name lib.rs ! -name main.rs ! -name build.rs -delete \
    && find . -name '*.rs' -exec sh -c 'printf "//! Empty.\nfn main() { }\n" >"$1"' _ {} ';'

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY --from=skeleton /build .
RUN cargo build --release --locked --package madang
COPY . .
# Cargo compares times, and the copied sources are older than the empty programs were.
RUN find . -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package madang

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/madang --shell /usr/sbin/nologin madang \
    && install -d -o madang -g madang /var/lib/madang /var/lib/madang/data
COPY --from=build /build/target/release/madang /usr/local/bin/madang
USER 10001
WORKDIR /var/lib/madang
VOLUME /var/lib/madang/data
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["madang", "healthcheck"]
ENTRYPOINT ["madang"]
CMD ["serve"]
