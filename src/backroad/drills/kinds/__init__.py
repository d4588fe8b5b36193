"""The kinds whose answer is written in an editor, one module each; this list is all that names them."""

from backroad.drills.kinds.code import Code
from backroad.drills.kinds.config import Config
from backroad.drills.kinds.document import Document
from backroad.drills.kinds.git import Git
from backroad.drills.kinds.http import Http
from backroad.drills.kinds.jwt import Jwt
from backroad.drills.kinds.open import Open
from backroad.drills.kinds.redis import Redis
from backroad.drills.kinds.sql import Sql
from backroad.drills.model import Written

WRITTEN: dict[str, type[Written]] = {
    kind.kind: kind for kind in (Sql, Code, Config, Http, Jwt, Git, Document, Redis, Open)
}
