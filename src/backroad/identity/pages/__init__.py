"""The pages about accounts: coming in, signing up, a new password, one's own account, other people's."""

from backroad.identity.pages import account, admin, elsewhere, programs, reset, second_step, sign_in, sign_up, tokens
from backroad.identity.pages.sign_in import ask_again as ask_again

ROUTES = (
    *sign_in.ROUTES,
    *sign_up.ROUTES,
    *reset.ROUTES,
    *account.ROUTES,
    *second_step.ROUTES,
    *elsewhere.ROUTES,
    *tokens.ROUTES,
    *programs.ROUTES,
    *admin.ROUTES,
)
