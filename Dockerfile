FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/runtime.txt requirements/
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
RUN /app/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 1000 --create-home dalsegno && mkdir /data && chown dalsegno /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH DALSEGNO_HOME=/data
USER dalsegno
VOLUME /data
CMD ["dalsegno-worker"]
