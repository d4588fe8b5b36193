"""A small clone of roadmap.sh in a folder of the test's own: its layout, with text of ours."""

import json
from pathlib import Path
from typing import Any


def node(id_: str, label: str, x: float, y: float, kind: str = "subtopic", **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": kind, "position": {"x": x, "y": y}, "data": {"label": label, "style": {}}, **more}


def edge(source: str, target: str) -> dict[str, str]:
    return {"id": f"{source}-{target}", "source": source, "target": target, "sourceHandle": "x2"}


NODES = [
    # the drawing is listed in no order that means anything
    node("databases-x", "Relational Databases", 0, 500, "topic"),
    node("internet-xx", "Internet", 0, 100, "topic"),
    node("dns-xxxxxxx", "What is DNS?", 200, 80),
    node("modem-xxxxx", "How modems whistle", 210, 120),
    node("framed-xxxx", "Carrier pigeons", -290, 130),
    node("frame-xxxxx", "", -300, 120, "section", width=200, height=100),
    node("acid-xxxxxx", "ACID", 200, 500),
    node("lonely-xxxx", "Punched cards", 30, 520),
    node("line-xxxxxx", "vertical node", 0, 0, "vertical"),
]
EDGES = [
    edge("internet-xx", "databases-x"),
    edge("internet-xx", "dns-xxxxxxx"),
    edge("internet-xx", "modem-xxxxx"),
    edge("internet-xx", "frame-xxxxx"),
    edge("databases-x", "acid-xxxxxx"),
]
TEXTS = {
    "modems@modem-xxxxx": "# How modems whistle\n\nTwo machines **sing** to each other.\n\n"
    "Visit the following resources to learn more:\n\n"
    "- [@article@Songs of the wire](https://example.com/songs)\n- [@video@A duet](https://example.com/duet?part=1)\n",
    "dns@dns-xxxxxxx": "# DNS\n\nNames.\n\n- [@article@Names](https://example.com/names)\n",
    "internet@internet-xx": "# Internet\n\nMachines that talk.\n",
}
ROAD = "backend-roadmap"


def write(
    root: Path,
    nodes: list[Any] | None = None,
    edges: list[Any] | None = None,
    texts: dict[str, str] | None = None,
    name: str = "backend",
) -> Path:
    """The clone's folder."""
    place = root / "src/data/roadmaps" / name
    (place / "content").mkdir(parents=True)
    drawing = {"nodes": NODES if nodes is None else nodes, "edges": EDGES if edges is None else edges}
    (place / f"{name}.json").write_text(json.dumps(drawing), encoding="utf-8")
    for file, text in (TEXTS if texts is None else texts).items():
        (place / "content" / f"{file}.md").write_text(text, encoding="utf-8")
    return root
