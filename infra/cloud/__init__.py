"""The table read as CloudFormation: what holds data in one stack, what computes in another, layers without Docker."""
