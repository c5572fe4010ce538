"""The table read as this machine's service: storage, functions, triggers and a gateway, with AWS played by moto."""
