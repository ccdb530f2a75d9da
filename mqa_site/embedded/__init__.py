"""PostgreSQL, Valkey and the desk's own processes, started and stopped together for `make run` and `make test`.

Real deployments bring their own servers (compose.yaml) and need nothing from here but `locate`, for backups.
"""
