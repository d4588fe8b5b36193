"""The keys with which Backroad signs what others check: credentials, and its calls to learning platforms."""
