# Slim images: `docker build --target provider|challenger|attacker|scaled .`
# PIP_OPTIONS reaches pip, for example an index with the CPU build of torch (see the README).
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
RUN useradd --create-home --uid 10001 penumbra && install --directory --owner penumbra /data /datasets
WORKDIR /app

FROM base AS attacker-packages
ARG PIP_OPTIONS=""
COPY pyproject.toml constraints.txt LICENSE ./
RUN mkdir attacker services && touch attacker/__init__.py services/__init__.py README.md \
    && pip install --no-cache-dir ${PIP_OPTIONS} --constraint constraints.txt '.[attacker]' \
    && pip uninstall --yes penumbra

FROM attacker-packages AS services-packages
ARG PIP_OPTIONS=""
RUN pip install --no-cache-dir ${PIP_OPTIONS} --constraint constraints.txt '.[services]' \
    && pip uninstall --yes penumbra

FROM services-packages AS services
COPY attacker attacker
COPY services services
RUN pip install --no-cache-dir --no-deps .
USER penumbra
VOLUME /data

FROM services AS provider
ENV MLAAS_DATA=/data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/readyz'); assert c.getresponse().status == 200"]
ENTRYPOINT ["mlaas"]
CMD ["serve", "--host", "0.0.0.0", "--workers", "0"]

# The provider for several machines: PostgreSQL, Dask, object stores (see deploy/).
FROM services-packages AS scaled
ARG PIP_OPTIONS=""
RUN pip install --no-cache-dir ${PIP_OPTIONS} --constraint constraints.txt '.[scale]' \
    && pip uninstall --yes penumbra
COPY attacker attacker
COPY services services
RUN pip install --no-cache-dir --no-deps . && install --directory --owner penumbra /shared
ENV MLAAS_DATA=/data MLAAS_STORAGE=file:///shared MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
    DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False
USER penumbra
VOLUME /data /shared
EXPOSE 8000
CMD ["mlaas", "serve", "--host", "0.0.0.0", "--workers", "0"]

FROM services AS challenger
ENV CHALLENGER_DATA=/data
EXPOSE 8001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=12 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8001, timeout=2); c.request('GET', '/readyz'); assert c.getresponse().status == 200"]
ENTRYPOINT ["challenger"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8001"]

FROM attacker-packages AS attacker
COPY attacker attacker
RUN pip install --no-cache-dir --no-deps . \
    && rm -r build services /usr/local/lib/python3*/site-packages/services
USER penumbra
WORKDIR /data
VOLUME /data
ENTRYPOINT ["attacker"]
CMD ["--help"]
