# The image of a cloud: docker build -t orrery .
# Everything in it is a wheel or an architecture's own base image, so that one build serves every platform for which
# there are wheels: docker buildx build --platform linux/amd64,linux/arm64 -t orrery .
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv --without-pip /opt/orrery
COPY requirements/product.txt requirements/product.txt
RUN pip --python /opt/orrery/bin/python install --only-binary=:all: --no-deps -r requirements/product.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN pip --python /opt/orrery/bin/python install --no-deps .

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Orrery" \
      org.opencontainers.image.description="A complete working model of the AWS cloud on one's own machine" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
RUN groupadd --gid 10001 orrery \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/orrery --no-create-home --shell /usr/sbin/nologin orrery \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/orrery
COPY --from=build /opt/orrery /opt/orrery
COPY --chmod=0755 deploy/image/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
# The drain ends before `docker stop` kills, which it does after 10 seconds.
ENV PATH=/opt/orrery/bin:$PATH \
    XDG_CACHE_HOME=/tmp/cache \
    ORRERY_HOST=0.0.0.0,:: \
    ORRERY_DATA_DIR=/var/lib/orrery \
    ORRERY_DRAIN_TIMEOUT=8
# A file orrery.toml that is mounted here is read.
WORKDIR /etc/orrery
USER 10001:10001
VOLUME /var/lib/orrery
EXPOSE 4566
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["python", "-I", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('ORRERY_PORT', '4566')), timeout=4); c.request('GET', '/_orrery/health'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
