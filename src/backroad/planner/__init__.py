"""The plan: what to learn, drill, build and review on each day, from today to the end of the road. Pure: no I/O."""
