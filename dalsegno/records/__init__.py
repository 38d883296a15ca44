"""The database: an adapter of `dalsegno.ports.JobRecords`, and its schema."""
