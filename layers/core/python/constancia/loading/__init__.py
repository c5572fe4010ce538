"""Loading files of people and school records into the replicas."""
