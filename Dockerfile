# One image for web, worker and beat; docker-compose.yml says which is which.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS build
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH
COPY requirements.txt ./
RUN python -m venv /venv && pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=packages /app/node_modules ./node_modules
# The stamp tells config.assets that these packages are the locked ones.
RUN cp package-lock.json node_modules/.installed \
    && STATE_DIR=/tmp/state STATIC_DIR=/app/collected \
       sh -c "python -m config.assets && python -m config.messages && python manage.py collectstatic --noinput -v0" \
    && rm -rf node_modules /tmp/state

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data kabinet \
    && install -d -o kabinet -g kabinet /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 STATE_DIR=/data STATIC_DIR=/app/collected
USER kabinet
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.gunicorn", "-b", "0.0.0.0:8000", "-w", "2"]
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s \
    CMD ["python", "-m", "config.health_probe"]
