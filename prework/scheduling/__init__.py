"""Who runs which job, when: `manage.py jobs`. See docs/jobs.md."""
