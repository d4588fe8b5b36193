"""A whole server in one file, and back: every table and every file below the data folder, on SQLite and PostgreSQL."""
