"""What those who run a server need: probes, metrics, traces, reports of faults, and several processes as one server."""
