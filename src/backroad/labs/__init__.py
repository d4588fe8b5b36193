"""Labs: backends to build, and the runs in which the verifier judged them. The only feature that calls the verifier."""
