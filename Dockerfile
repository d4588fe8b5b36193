# syntax=docker/dockerfile:1.7
# Targets: `server` (the last, so the default) and `worker`, which has what contains and runs learners' backends.
ARG PYTHON=3.13.9-slim-bookworm

FROM python:${PYTHON} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY web web
COPY content content
COPY labs labs
COPY src src
# Node.js, which bundles scripts and styles, is a requirement of this build alone.
RUN pip wheel --no-deps --wheel-dir /wheel .

FROM python:${PYTHON} AS server-packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints-server.txt ./
# Nothing is compiled: wheels alone, each with its hash.
RUN python -m venv /opt/backroad \
 && /opt/backroad/bin/pip install --require-hashes --no-deps --only-binary :all: -r constraints-server.txt
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    /opt/backroad/bin/pip install --no-deps /wheel/*.whl \
 && /opt/backroad/bin/pip uninstall --quiet --yes pip \
 && python -m compileall -q /opt/backroad/lib

FROM python:${PYTHON} AS worker-packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints-worker.txt ./
RUN python -m venv /opt/backroad \
 && /opt/backroad/bin/pip install --require-hashes --no-deps --only-binary :all: -r constraints-worker.txt
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    /opt/backroad/bin/pip install --no-deps /wheel/*.whl \
 && /opt/backroad/bin/pip uninstall --quiet --yes pip \
 && python -m compileall -q /opt/backroad/lib

FROM python:${PYTHON} AS base
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin backroad \
 && install --directory --owner=backroad --group=backroad --mode=0700 /data
ENV PATH=/opt/backroad/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BACKROAD_MODE=server \
    BACKROAD_HOME=/data \
    BACKROAD_HOST=0.0.0.0
WORKDIR /data
VOLUME /data

FROM base AS worker
# PostgreSQL and Redis for labs come with the packages; Node.js is for the backends that are written in it.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap git nodejs \
 && rm -rf /var/lib/apt/lists/*
COPY --from=worker-packages /opt/backroad /opt/backroad
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["python", "-m", "backroad.operations.probe", "database"]
CMD ["backroad", "grade"]

FROM base AS server
COPY --from=server-packages /opt/backroad /opt/backroad
USER 10001:10001
EXPOSE 8321
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "backroad.operations.probe"]
CMD ["backroad", "serve"]
