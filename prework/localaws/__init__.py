"""Embedded AWS: DynamoDB, S3 and CloudWatch on this machine, as a child process on loopback.

    with LocalAws(data_dir=".localaws") as aws:      # kept for the next run
        boto3.client("s3", endpoint_url=aws.endpoint_url, …)

    with LocalAws(memory=True) as aws:               # gone afterwards; for tests
        ...

The engine is ministack. `engine.py` starts and stops it, `data_dir.py` owns the folder it keeps
its data in, `server.py` is what runs in the child process, `checkpoint.py` is why a killed machine
loses seconds and not the day.
"""

from prework.localaws.data_dir import DataDir, DataDirInUse
from prework.localaws.engine import LocalAws, LocalAwsFailed

__all__ = ["DataDir", "DataDirInUse", "LocalAws", "LocalAwsFailed"]
