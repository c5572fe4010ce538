"""The bucket of the reports, and where operators find a report."""

import os
from urllib.parse import quote

from constancia import settings
from constancia.aws.files import BucketFiles


class ReportBucket(BucketFiles):
    """Figures and reports: see `constancia.reporting.reporting.ReportRepository`."""

    def __init__(self) -> None:
        super().__init__("REPORTS_BUCKET")

    def link(self, key: str) -> str:
        """The address of a report: its page in the AWS console, which asks who calls, or where the setting leads."""
        elsewhere = settings.text("REPORTS_URL")
        if elsewhere:
            return f"{elsewhere}/{quote(key)}"
        region = os.environ["AWS_REGION"]
        return f"https://{region}.console.aws.amazon.com/s3/object/{self.name}?region={region}&prefix={quote(key)}"
