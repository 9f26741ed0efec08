"""Logs: one JSON object a line in production, readable lines in development, with request ids."""

import logging.config
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """Set up structlog and the standard library alike, and return the `dictConfig` applied."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        # no local variables in a traceback: they hold passwords and tokens
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    shared = SHARED if as_json else SHARED[:-1]  # the console renderer formats exceptions itself
    config: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines"},
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "botocore": {"level": "WARNING"},
            "pynamodb": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},
            "django.request": {"level": "CRITICAL"},  # prework.http logs its own failures
            "prework.metrics": {  # embedded-metric lines go out bare, where CloudWatch reads them
                "level": "INFO" if as_json else "WARNING",
                "handlers": ["stdout"],
                "propagate": False,
            },
        },
    }
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return config
