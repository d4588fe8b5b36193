"""Hooks of the shared checks, an area each: a lab's Driver inherits those that its checks use."""
