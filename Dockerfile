# syntax=docker/dockerfile:1
# One image for web, worker, scheduler and poller; compose.yaml says which is which.

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pip

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=mqa_site.settings \
    POLARS_MAX_THREADS=1 \
    STATIC_ROOT=/app/staticfiles \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin desk
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# The settings want a database, a broker and a key to be named; collecting static files uses none of them.
# (The chart library is bundled on the way; only the collected file is kept.)
RUN XDG_CACHE_HOME=/tmp/cache SECRET_KEY=build-only DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --noinput --verbosity=0 \
    && rm -r /tmp/cache
USER desk
EXPOSE 8000
CMD ["gunicorn", "-c", "python:mqa_site.gunicorn", "mqa_site.wsgi"]
