"""The plan for calendars: a feed to subscribe to, and the same as a file."""
