"""Which commands there are, and where each lives."""

from cyclopts import App

from backroad import __version__

app = App(
    name="backroad",
    help="The road to backend engineering that checks your work.",
    version=f"backroad {__version__}",
    version_flags=["--version"],
)

for name, place in {
    "start": "start:start",
    "today": "learn:today",
    "road": "learn:road",
    "plan": "learn:plan",
    "drill": "drill:drill",
    "review": "drill:review",
    "note": "note:note",
    "labs": "lab:labs",
    "prove": "prove:prove",
    "explain": "lab:explain",
    "flaws": "prove:flaws",
    "flaky": "prove:flaky",
    "export": "exchange:export",
    "import": "exchange:import_",
    "doctor": "doctor:doctor",
}.items():
    app.command(f"backroad.cli.{place}", name=name)

lab = App(name="lab", help="Take up a lab.")
lab.command("backroad.cli.lab:start", name="start")
app.command(lab)

content = App(name="content", help="Check the curriculum.")
content.command("backroad.cli.content:check", name="check")
app.command(content)
