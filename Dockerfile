# syntax=docker/dockerfile:1
# One image for worker, portal, desk and migration; the command says which. No compiler, no test tool, no Temporal server in it.
# The base image is pinned by version; its digest has to be added on a machine that reaches the image registry
# (docs/operators.md, "Digests").
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/wir
COPY requirements.lock /tmp/requirements.lock
# Every file of every package is the one that was tested, or the build stops.
RUN /opt/wir/bin/pip install --require-hashes --only-binary :all: --no-deps --no-compile -r /tmp/requirements.lock \
    && /opt/wir/bin/pip check \
    && /opt/wir/bin/pip uninstall --yes --quiet pip setuptools

WORKDIR /app
COPY models models
COPY workflows workflows
COPY activities activities
COPY assembly assembly
COPY record record
COPY migrations migrations
COPY gateway gateway
COPY portal portal
COPY cli cli
COPY programmes programmes
COPY templates templates
COPY worker.py desk.py starter.py alembic.ini ./
# The file system is read-only at run time: bytecode is made now or at every start.
RUN /opt/wir/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/wir/lib /app

FROM python:3.11.14-slim-bookworm

LABEL org.opencontainers.image.title="wir-grants" \
      org.opencontainers.image.description="Takes a WIR grant from application to closed file, on Temporal" \
      org.opencontainers.image.licenses="EUPL-1.2"

RUN groupadd --system --gid 10001 wir \
    && useradd --system --uid 10001 --gid wir --home-dir /nonexistent --shell /usr/sbin/nologin wir \
    && install --directory --owner=wir --group=wir --mode=0750 /var/lib/wir

COPY --from=build /opt/wir /opt/wir
COPY --from=build /app /app

ENV PATH=/opt/wir/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/app
WORKDIR /app
USER wir
VOLUME /var/lib/wir
# No default command: a container that was told nothing must not become a second worker.
ENTRYPOINT ["python", "-m"]
