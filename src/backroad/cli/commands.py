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
    "serve": "serve:serve",
    "migrate": "serve:migrate",
    "move": "serve:move",
    "person": "serve:person_app",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "today": "learn:today",
    "road": "roads:road_app",
    "plan": "plan:plan_app",
    "placement": "placement:placement",
    "interview": "interview:interview",
    "drill": "drill:drill",
    "review": "drill:review",
    "note": "note:note",
    "labs": "lab:labs",
    "prove": "prove:prove",
    "login": "login:login",
    "logout": "login:logout",
    "whoami": "login:whoami",
    "submit": "submit:submit",
    "grade": "grade:grade",
    "checks": "lab:checks",
    "explain": "lab:explain",
    "flaws": "prove:flaws",
    "flaky": "prove:flaky",
    "keys": "keys:keys_app",
    "lti": "lti:lti_app",
    "export": "exchange:export",
    "import": "exchange:import_",
    "push": "push:push",
    "doctor": "doctor:doctor",
}.items():
    app.command(f"backroad.cli.{place}", name=name)

lab = App(name="lab", help="Take up a lab.")
lab.command("backroad.cli.lab:start", name="start")
app.command(lab)

content = App(name="content", help="Check the curriculum.")
content.command("backroad.cli.content:check", name="check")
app.command(content)
