# vault-sync for followers and teams: docs/install.md says how to run it.
FROM rust:1.95.0-slim-bookworm AS build
# The toolchain of the image, without what rust-toolchain.toml asks for besides.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin vault-sync

FROM debian:bookworm-slim
# Certificates, for databases that are reached by TLS; today's, whichever these are.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin vault-sync \
    && install -d -m 700 -o vault-sync -g vault-sync /data \
    && install -d /config /vaults
COPY --from=build /source/target/release/vault-sync /usr/bin/vault-sync
# By number, so that an orchestrator sees that it is not root.
USER 10001:10001
# A configuration, where there is one, is /config/vault-sync/sync.toml. Vaults are mounted below /vaults by their names, and read-only.
ENV HOME=/data XDG_CONFIG_HOME=/config VAULT_SYNC_DATA_DIR=/data
VOLUME /data
WORKDIR /data
# It is well as long as its loop gives signs of life, whatever the state of vault and database: to start it anew would mend nothing.
# `status` would ask the database; of a service this asks what the watcher has written down, and there is no manager.
HEALTHCHECK --interval=30s --timeout=20s --start-period=10m --retries=3 \
    CMD ["sh", "-c", "vault-sync --quiet service status --manager systemd --json | grep -Eq '\"seconds_ago\":[0-9]{1,2}[,}]'"]
ENTRYPOINT ["vault-sync"]
CMD ["watch"]
