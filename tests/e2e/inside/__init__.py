"""A folder for PYTHONPATH: what lies here is loaded by every Python process a test starts."""
