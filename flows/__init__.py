"""The outermost layer: the study flow, the plain runner, schedules and the command line."""
