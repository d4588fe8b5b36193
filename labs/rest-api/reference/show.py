"""What is answered: things as their owners see them, in this version of the API and in the one before."""

from datetime import UTC, datetime
from typing import Any

from asgi import Answer
from store import Project, Task

DEPRECATED, SUNSET = "@1767225600", "Fri, 31 Dec 2027 23:59:59 GMT"  # of version 1


def show_project(project: Project) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "name": project.name,
        "description": project.description,
        "budget": None if project.budget is None else f"{project.budget // 100}.{project.budget % 100:02}",
        "external_id": project.external_id,
        "due_at": None if project.due_at is None else show_time(project.due_at),
        "created_at": show_time(project.created_at),
    }


def show_task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "project": task.project,
        "title": task.title,
        "status": task.status,
        "priority": task.priority,
        "created_at": show_time(task.created_at),
    }


def show_old(task: Task) -> Answer:
    """Version 1 knew done and not done. It says since when it is out of date, until when it works, what follows."""
    headers = {
        **etag_header(task.etag),
        "Deprecation": DEPRECATED,
        "Sunset": SUNSET,
        "Link": f'</v2/tasks/{task.id}>; rel="successor-version"',
    }
    return Answer(200, {"id": task.id, "title": task.title, "done": task.status == "done"}, headers)


def etag_header(etag: str) -> dict[str, str]:
    """Kept only where the owner is, and asked about each time."""
    return {"ETag": etag, "Cache-Control": "private, no-cache"}


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
