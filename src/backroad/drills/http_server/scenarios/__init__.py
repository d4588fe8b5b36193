"""The scenarios, by name; this list is all that names them."""

from backroad.drills.http_server.scenario import Scenario
from backroad.drills.http_server.scenarios.accepted import Accepted
from backroad.drills.http_server.scenarios.conditional_create import ConditionalCreate
from backroad.drills.http_server.scenarios.conditional_get import ConditionalGet
from backroad.drills.http_server.scenarios.cors import CorsBrowser, CorsPreflight
from backroad.drills.http_server.scenarios.credentials import BasicChallenge, BearerScope
from backroad.drills.http_server.scenarios.cursor_paging import CursorPaging
from backroad.drills.http_server.scenarios.event_stream import EventStream
from backroad.drills.http_server.scenarios.foreign_page import ForeignPage
from backroad.drills.http_server.scenarios.idempotency import Idempotency
from backroad.drills.http_server.scenarios.lost_update import LostUpdate
from backroad.drills.http_server.scenarios.merge_patch import MergePatch
from backroad.drills.http_server.scenarios.methods import Methods
from backroad.drills.http_server.scenarios.multipart import Multipart
from backroad.drills.http_server.scenarios.negotiation import Negotiation
from backroad.drills.http_server.scenarios.oauth_code import OauthCode
from backroad.drills.http_server.scenarios.ranges import Ranges
from backroad.drills.http_server.scenarios.retry_after import Quota, RetryAfter
from backroad.drills.http_server.scenarios.session_cookie import SessionCookie
from backroad.drills.http_server.scenarios.token_refresh import TokenRefresh
from backroad.drills.http_server.scenarios.webhook import Webhook
from backroad.drills.http_server.scenarios.websocket import Websocket

SCENARIOS: dict[str, type[Scenario]] = {
    scenario.name: scenario
    for scenario in (
        Accepted, BasicChallenge, BearerScope, ConditionalCreate, ConditionalGet, CorsBrowser, CorsPreflight,
        CursorPaging, EventStream, ForeignPage, Idempotency, LostUpdate, MergePatch, Methods, Multipart, Negotiation,
        OauthCode, Quota, Ranges, RetryAfter, SessionCookie, TokenRefresh, Webhook, Websocket,
    )
}  # fmt: skip
