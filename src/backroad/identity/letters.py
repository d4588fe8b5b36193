"""What is mailed. No letter holds a word that its receiver or we did not write: else a sign-up form would send anything
to anybody."""

import msgspec

from backroad.identity.mail import Mailer
from backroad.identity.mailed import LIFE, Purpose
from backroad.kit.say import plural


class Letter(msgspec.Struct, frozen=True):
    to: str
    subject: str
    text: str


def post(mailer: Mailer, letters: list[Letter]) -> None:
    """Takes as long as the mail server does: call it on a thread, after the answer."""
    for letter in letters:
        mailer.send(letter.to, letter.subject, letter.text)


def _lasts(purpose: Purpose) -> str:
    hours = round(LIFE[purpose].total_seconds() / 3600)
    how_long = plural(hours, "hour") if hours < 48 else plural(hours // 24, "day")
    return f"The link works once, within {how_long}."


def verify(base_url: str, to: str, token: str) -> Letter:
    text = f"""Somebody, probably you, signed up for Backroad at {base_url} with this address.

If it was you, confirm the address:

{base_url}/confirm?token={token}

{_lasts("verify")} If it was not you, do nothing: without you, the account stays unconfirmed.
"""
    return Letter(to, "Confirm your email address", text)


def known_already(base_url: str, to: str) -> Letter:
    text = f"""Somebody, probably you, wanted to sign up for Backroad at {base_url} with this address.
You have an account there already.

Sign in: {base_url}/login
If you have forgotten your password: {base_url}/reset

If it was not you, there is nothing to do.
"""
    return Letter(to, "You already have an account", text)


def reset(base_url: str, to: str, token: str) -> Letter:
    text = f"""Somebody, probably you, asked for a new password for your account at {base_url}.

Choose it here:

{base_url}/reset/password?token={token}

{_lasts("reset")} If it was not you, do nothing: your password stays as it is.
"""
    return Letter(to, "Choose a new password", text)


def new_address(base_url: str, to: str, token: str) -> Letter:
    text = f"""You want your account at {base_url} to have this address. Confirm it:

{base_url}/confirm/new?token={token}

{_lasts("email")} If it was not you, do nothing.
"""
    return Letter(to, "Confirm your new email address", text)


def invitation(base_url: str, to: str, token: str) -> Letter:
    text = f"""You are invited to Backroad at {base_url}, where you learn to build backends and prove it.

Choose a password and begin:

{base_url}/invitation?token={token}

{_lasts("invite")}
"""
    return Letter(to, "Your invitation to Backroad", text)


_NOTICES = {
    "password": ("Your password was changed", "The password of your account was changed."),
    "email asked": (
        "Your email address is about to change",
        "Another email address was given for your account. It counts as soon as mail to it is confirmed.",
    ),
    "email": ("Your email address was changed", "Your account has another email address from now on, and no mail "
              "about it comes here any more."),
    "totp on": ("Signing in asks for a code", "From now on, signing in asks for a code of your authenticator too."),
    "totp off": ("Signing in asks for no code", "From now on, signing in asks for your password alone."),
    "recovery": ("A recovery code was used", "Somebody signed in with one of your recovery codes."),
    "deleted": ("Your account was deleted", "Your account was deleted, with all that you had done."),
}  # fmt: skip
Event = str


def notice(base_url: str, to: str, event: Event) -> Letter:
    """That something changed about an account, to where its owner reads it."""
    subject, sentence = _NOTICES[event]
    rest = f"If it was not you, choose a new password at once: {base_url}/reset\n"
    if event == "deleted":
        rest = "If it was not you, write to whoever runs the server.\n"
    return Letter(to, subject, f"Server: {base_url}\n\n{sentence}\n\n{rest}")
