"""All that knows AWS or Powertools: the API resolver, the tables, the bucket, the mail, the logs."""
