"""The schema's history, one file a step; `HEAD` is the newest."""

HEAD = "0013"
