"""The public log's stores and witnesses."""
