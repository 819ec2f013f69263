# Three images: gateway (also for scheduler, puller and verifier; no torch, no OpenCV), worker-cpu, worker-cuda.
#
#     docker build --target gateway -t nowcast-gateway:0.1.0 .
#
# Pinned by tag. To pin by digest, put what `docker buildx imagetools inspect python:TAG` says behind it: TAG@sha256:...
ARG PYTHON=3.11.15-slim-bookworm

FROM python:${PYTHON} AS python
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_COMPILE=1 \
    PIP_ROOT_USER_ACTION=ignore

# Dependencies, before there is any code: they are installed again only when a requirement or a pin changes. Their test suites
# are left out, and what zstandard has for PyPy, and bytecode: only what a role imports is compiled, once our code is there.
FROM python AS packages
WORKDIR /build
RUN python -m venv --without-pip /opt/nowcast
COPY pyproject.toml constraints.txt deploy/requirements.py deploy/gateway.lock deploy/worker.lock ./

FROM packages AS packages-gateway
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/nowcast/bin/python install --require-hashes --requirement gateway.lock \
    && find /opt/nowcast -type d -name tests -prune -exec rm -r {} + \
    && find /opt/nowcast -path '*/zstandard/_cffi.*' -delete

# Not from the lock: a torch without CUDA comes from another index, as other files.
FROM packages AS packages-worker-cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python requirements.py pyproject.toml worker otel > requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/nowcast/bin/python install --constraint constraints.txt --requirement requirements.txt \
        --extra-index-url "${TORCH_INDEX}" \
    && find /opt/nowcast -type d -name tests -prune -exec rm -r {} + \
    && find /opt/nowcast -path '*/zstandard/_cffi.*' -delete

# The torch of the default index brings its CUDA libraries as wheels; the machine brings the driver.
FROM packages AS packages-worker-cuda
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/nowcast/bin/python install --require-hashes --requirement worker.lock \
    && find /opt/nowcast -type d -name tests -prune -exec rm -r {} + \
    && find /opt/nowcast -path '*/zstandard/_cffi.*' -delete

FROM packages AS wheel
RUN --mount=type=cache,target=/root/.cache/pip pip install --constraint constraints.txt hatchling
COPY README.md LICENSE ./
COPY radar radar
COPY model model
COPY jobs jobs
COPY workers workers
COPY service service
COPY nowcast nowcast
COPY cli cli
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

# What all images are: a user without rights, and a root that may be read-only. Written are /tmp, the cache of compiled kernels,
# and the data folder, of which only the archive must last.
FROM python AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Nowcast" \
      org.opencontainers.image.description="A self-hosted rain nowcast service that knows how good it is" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin nowcast \
    && install --directory --owner=nowcast --group=nowcast \
        /var/cache/nowcast /var/lib/nowcast /var/lib/nowcast/archive
ENV PATH=/opt/nowcast/bin:${PATH} \
    HOME=/tmp \
    XDG_CACHE_HOME=/var/cache/nowcast \
    NOWCAST_DATA=/var/lib/nowcast \
    NOWCAST_LOG_FORMAT=json
WORKDIR /tmp
STOPSIGNAL SIGTERM
ENTRYPOINT ["nowcast"]

FROM runtime AS gateway
COPY --from=packages-gateway /opt/nowcast /opt/nowcast
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/nowcast/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && env -u PYTHONDONTWRITEBYTECODE python -c "import cli.health, cli.serve, service.app, workers.scheduler, workers.puller, workers.verifier, workers.exposition"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["nowcast", "health", "gateway"]
CMD ["serve", "--role", "gateway", "--host", "0.0.0.0", "--port", "8000"]

# The networks run faster with kernels that are compiled for the very processor they run on, which means at the first start.
# Without a compiler (--build-arg COMPILER=no) the image is smaller, and torch does all of it.
FROM runtime AS worker
ARG COMPILER=yes
RUN [ "${COMPILER}" = no ] || { apt-get update \
    && apt-get install --yes --no-install-recommends g++=4:12.2.0-3 \
    && rm -rf /var/lib/apt/lists/*; }
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=3 CMD ["nowcast", "health", "worker"]
CMD ["serve", "--role", "worker"]

FROM worker AS worker-cpu
COPY --from=packages-worker-cpu /opt/nowcast /opt/nowcast
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/nowcast/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && env -u PYTHONDONTWRITEBYTECODE python -c "import cli.health, cli.serve, workers.drainer, workers.exposition"
USER 10001:10001

# torch compiles here too, when a step becomes one graph of CUDA kernels. Nobody has run this image on a GPU yet.
FROM worker AS worker-cuda
ENV NOWCAST_DEVICE=cuda \
    TORCHINDUCTOR_CACHE_DIR=/var/cache/nowcast/torch \
    TRITON_CACHE_DIR=/var/cache/nowcast/triton \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=packages-worker-cuda /opt/nowcast /opt/nowcast
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/nowcast/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && env -u PYTHONDONTWRITEBYTECODE python -c "import cli.health, cli.serve, workers.drainer, workers.exposition"
USER 10001:10001
