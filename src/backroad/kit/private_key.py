"""A private key as others bring it, and what is said about it in public.

RSA with RS256, the one algorithm that Open Badges 3.0 and LTI 1.3 both demand of everybody, or EC on P-256.
"""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

_LEAST_BITS = 2048


class PrivateKey:
    """A key of joserfc's with what is said about it in public."""

    def __init__(self, key: "RSAKey | ECKey") -> None:
        self.key = key
        self.id = key.thumbprint()
        self.algorithm = "RS256" if key.key_type == "RSA" else "ES256"
        public = key.as_dict(private=False)
        for name in ("kid", "alg", "use", "key_ops"):
            public.pop(name, None)
        self.jwk: dict[str, Any] = {**public, "alg": self.algorithm, "use": "sig"}


def read_key(text: str) -> PrivateKey:
    """From PEM, or a JWK. Raises a ValueError that says what it must be."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    wanted = "a private key: RSA of 2048 bits or more, or EC on P-256, as PEM or JWK"
    try:
        value: Any = json.loads(text) if text.lstrip().startswith("{") else text
    except ValueError:
        raise ValueError(wanted) from None
    found: RSAKey | ECKey | None = None
    for kind in (RSAKey, ECKey):
        try:
            found = kind.import_key(value)
            break
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    if found is None or not found.is_private:
        raise ValueError(wanted)
    if isinstance(found, ECKey) and found.curve_name != "P-256":
        raise ValueError(wanted)
    if isinstance(found, RSAKey) and found.raw_value.key_size < _LEAST_BITS:
        raise ValueError(wanted)
    return PrivateKey(found)
