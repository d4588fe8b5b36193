"""A report for every reader: terminal, JSON, JUnit XML, HTML. Import the one you need."""
