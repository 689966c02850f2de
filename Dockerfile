# Images with Python and no other program, but a helper of torch's: `docker build --target provider|challenger|attacker|scaled .`
# PIP_OPTIONS reaches pip, for example an index with the CPU build of torch (see the README).
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS python
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Packages lie in an environment without pip; torch comes last, when all that it needs is there by hash.
FROM python AS attacker-packages
ARG PIP_OPTIONS=""
WORKDIR /build
RUN python -m venv --without-pip /opt/penumbra
COPY supply/attacker.lock supply/torch.txt ./
RUN pip --python /opt/penumbra/bin/python install ${PIP_OPTIONS} --require-hashes --no-deps --only-binary :all: \
        -r attacker.lock \
    && pip --python /opt/penumbra/bin/python install ${PIP_OPTIONS} -r torch.txt \
    && rm -rf /opt/penumbra/lib/python3*/site-packages/torch/test \
        /opt/penumbra/lib/python3*/site-packages/torch/bin/*[Tt]est* \
        /opt/penumbra/lib/python3*/site-packages/torch/bin/protoc*

FROM attacker-packages AS services-packages
ARG PIP_OPTIONS=""
COPY supply/services.lock ./
RUN pip --python /opt/penumbra/bin/python install ${PIP_OPTIONS} --require-hashes --no-deps --only-binary :all: -r services.lock

FROM services-packages AS scale-packages
ARG PIP_OPTIONS=""
COPY supply/scale.lock ./
RUN pip --python /opt/penumbra/bin/python install ${PIP_OPTIONS} --require-hashes --no-deps --only-binary :all: -r scale.lock

FROM attacker-packages AS attacker-installed
COPY pyproject.toml LICENSE ./
COPY attacker attacker
RUN touch README.md && pip --python /opt/penumbra/bin/python install --no-deps --no-build-isolation . \
    && rm /opt/penumbra/bin/mlaas /opt/penumbra/bin/challenger

FROM services-packages AS services-installed
COPY pyproject.toml LICENSE ./
COPY attacker attacker
COPY services services
RUN touch README.md && pip --python /opt/penumbra/bin/python install --no-deps --no-build-isolation .

FROM scale-packages AS scale-installed
COPY pyproject.toml LICENSE ./
COPY attacker attacker
COPY services services
RUN touch README.md && pip --python /opt/penumbra/bin/python install --no-deps --no-build-isolation .

# Everything that runs but Python is taken away, in its own stage, so that no layer has it.
FROM python AS stripped
RUN useradd --home-dir /tmp --no-create-home --uid 10001 penumbra \
    && install --directory --owner penumbra --mode 700 /data /datasets /shared \
    && rm -rf /usr/local/lib/python3*/site-packages /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
        /usr/local/share /usr/lib/apt /usr/lib/dpkg /usr/libexec /etc/pip.conf /var/lib /var/cache \
    && rm -rf /usr/bin /usr/sbin

FROM scratch AS bare
COPY --from=stripped / /
ENV PATH=/opt/penumbra/bin LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 HOME=/tmp
USER penumbra
WORKDIR /data
VOLUME /data

FROM bare AS services
COPY --from=services-installed /opt/penumbra /opt/penumbra

FROM services AS provider
ENV MLAAS_DATA=/data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/readyz'); assert c.getresponse().status == 200"]
ENTRYPOINT ["mlaas"]
CMD ["serve", "--host", "0.0.0.0", "--workers", "0"]

FROM services AS challenger
ENV CHALLENGER_DATA=/data
EXPOSE 8001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8001, timeout=2); c.request('GET', '/readyz'); assert c.getresponse().status == 200"]
ENTRYPOINT ["challenger"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8001"]

# The provider for several machines: PostgreSQL, Dask, object stores (see deploy/).
FROM bare AS scaled
COPY --from=scale-installed /opt/penumbra /opt/penumbra
ENV MLAAS_DATA=/data MLAAS_STORAGE=file:///shared MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
    DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False
# Dask's own log as ours is.
ENV DASK_LOGGING="{'version': 1, 'disable_existing_loggers': False, 'root': {'level': 'INFO', 'handlers': ['stderr']}, 'handlers': {'stderr': {'class': 'logging.StreamHandler', 'formatter': 'json'}}, 'formatters': {'json': {'()': 'services.web.logs.AsJson'}}}"
VOLUME /shared
EXPOSE 8000
CMD ["mlaas", "serve", "--host", "0.0.0.0", "--workers", "0"]

FROM bare AS attacker
COPY --from=attacker-installed /opt/penumbra /opt/penumbra
ENTRYPOINT ["attacker"]
CMD ["--help"]
