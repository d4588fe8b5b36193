"""The keys of the drills. They are published with the product and protect nothing: never use one elsewhere."""

_RSA = """\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCQaV2udBy5MUn3
47vXKYscXYSzS/3D24gSET+JpVzoY51n2odzDJEKeGPWzJoP1P5JBykVbIW2bSr8
hk1SR4czAPGyCtsT8OKVi0BigOrvKYDVPoppG9ulSOMyHqcAuYjpnkuL7bC642l+
AbzkyX7a5j0NWnyd1l0/nMBd5THCqXBLpIowMfVvsOWtSdVnpLscvA0bKrRq7qkV
ijt6ceX0hJlJawNJ9M3Dg1fjsB4Fl+2msXZy+zPi6F6QBsnNlOqwCXrcajanDjbE
WZnYPBcgzN5mw8kNAWH04Lo/QaZf/tzCn/Qgf6gWg172s+Nwm182wX4DgqEhFmA8
Tg/0ogYDAgMBAAECggEAAnZhfA+Ly9ac0cbG1bDmJ9oqYJpLnfLY26ICqNiygF3u
ea5ev+X3dSu/XBLKD7oMifc+ypg6oXU0FfE+UUhZ9FMwS95mhO0HGBCzTNqw5toY
0coKtycb9DINebXPGDKRtJYX6K9pY45sJpNmAqqy6I2jfd5MoK5eka6dExzM3+pY
KJUaFInr4eNH7YfVkxRSYLTzrsKTr5DAlYaBDcgj5fbj/6Tx9pm1YcQK6TSv3Chp
hKAJdmSt5tKKTPAxsfU0QerEwPp7rguySrCIU6i8bd66FvlIrAlElhgvcBBIsY3E
of6S8oggT8s7Cvhlit45tASlkTioEywHlHVevMiCwQKBgQDKMkYCLa1TU51Za1my
DHNKUYOBx59G45DOp4PIiCU/2dGYriaj4v4b6lTDjXkrPAxhuF644M1agQdU0RpG
mb2fxkYYSUFAYNHkj7FJ9ukpiTgga3Q/n1/HV/F6HiSaQmPjH10ZiPs/XlJuio93
jkIL2iYXsOF5hj28ncXOmv15QwKBgQC21sLVEGCSHhnGfN3m5e0vCl9I2AJy4S5m
G05c45f5z2EdHotdGdaDPGRfl0BwtC2VFfEhlOVG4i3ArF6Qrv79Oe+sZb9Rjqd0
XXl1+oI2pSz6Eed/9mhOIYLjEJGXb2WOXeqOSHeAcqekNNUn5oaNm4ZN9KeATJct
pPVA+K8UQQKBgQDEjbJ4k6aWBgZD0pNS/b9lU3AfTMqMwtMV0MnOumpbc4bIgSKW
1iZnRJg5sOFFIg53QB70YbO+cweJb+u3DeTD2J5zJWMFDhl7siOJ3zgxZG7nNQ3A
e1FEGz1mlL7IJhmrw+Vg2URECZDgXFmywtt5Ygr9pLjKxbBmFokfmpMkuQKBgFa5
BM6kpvmHd3hTD7mOQ3L1e36Enpy4vBZIS2H5vcMKnyh9rWKqd7nlskI47qLGg3xc
XPQtuJZnf4YM/AmqR1361fiyhg18GWczUwInoQ2kSPIP/fsO+Che8sMav8PRXZ0q
ZK+6JZxyRZu4R4ZWbGnMY+aj7bMIIQjQXlfD3N9BAoGAJpVNwSfJSrySTG+nNxjS
t5kFpxjcu4/pAdKBqjttdMsKA3dLUSB/LUjN3Mmj3Xso+sz0KxD/Q5xavuEn68Y1
8IXZriX80bG3LDyjmDsvspus+MwOlpOUe30mf0a23S6Mt1qdULTUhwZGQPnUyuAx
fTZyW0bhWTMqK88kp3lS4qw=
-----END PRIVATE KEY-----
"""
_RSA_PUBLIC = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkGldrnQcuTFJ9+O71ymL
HF2Es0v9w9uIEhE/iaVc6GOdZ9qHcwyRCnhj1syaD9T+SQcpFWyFtm0q/IZNUkeH
MwDxsgrbE/DilYtAYoDq7ymA1T6KaRvbpUjjMh6nALmI6Z5Li+2wuuNpfgG85Ml+
2uY9DVp8ndZdP5zAXeUxwqlwS6SKMDH1b7DlrUnVZ6S7HLwNGyq0au6pFYo7enHl
9ISZSWsDSfTNw4NX47AeBZftprF2cvsz4uhekAbJzZTqsAl63Go2pw42xFmZ2DwX
IMzeZsPJDQFh9OC6P0GmX/7cwp/0IH+oFoNe9rPjcJtfNsF+A4KhIRZgPE4P9KIG
AwIDAQAB
-----END PUBLIC KEY-----
"""
_ISSUER = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHIls64wyYl4og8g2
KnRrMec/Cr5nY4sRU4V1iZ7ug9+hRANCAAT4GkmtydkuFk/rNk9vjBiw632VdjQl
5kzE6czQSPW1vqMG9U2zbyGdXKa9H9N8ncsMpjI+DW94oOaEpFqbZnbA
-----END PRIVATE KEY-----
"""
_ISSUER_PUBLIC = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+BpJrcnZLhZP6zZPb4wYsOt9lXY0
JeZMxOnM0Ej1tb6jBvVNs28hnVymvR/TfJ3LDKYyPg1veKDmhKRam2Z2wA==
-----END PUBLIC KEY-----
"""
_MINE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVjvdg5t+YBi2j7RB
wZwdnE8wGSwkXBn9SwV4klPk6fahRANCAAR5Dmx/gUXLkDlkQl6YuPGgcZHEVtQd
hxDs49a9kx07ubFpIzifpOJkVoBq6iLigR2j6i9fwWzqnXAsXPHOE0qR
-----END PRIVATE KEY-----
"""
_MINE_PUBLIC = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeQ5sf4FFy5A5ZEJemLjxoHGRxFbU
HYcQ7OPWvZMdO7mxaSM4n6TiZFaAauoi4oEdo+ovX8Fs6p1wLFzxzhNKkQ==
-----END PUBLIC KEY-----
"""
_MINE_JWK = """\
{
  "kty": "EC", "crv": "P-256",
  "x": "eQ5sf4FFy5A5ZEJemLjxoHGRxFbUHYcQ7OPWvZMdO7k",
  "y": "sWkjOJ-k4mRWgGrqIuKBHaPqL1_BbOqdcCxc8c4TSpE"
}
"""

KEYS: dict[str, str] = {
    "rsa.pem": _RSA,
    "rsa-public.pem": _RSA_PUBLIC,
    "issuer.pem": _ISSUER,
    "issuer-public.pem": _ISSUER_PUBLIC,
    "mine.pem": _MINE,
    "mine-public.pem": _MINE_PUBLIC,
    "mine.jwk": _MINE_JWK,
    "orders.secret": "jpfSglIPg2FGV0WfvNE1OE_RIrkuKqdvHpBQgi9Q0ts",
    "id.secret": "_Dgzr2Q9hsyVEYdrLbgfDEHCogM2aC5_MY_Ek6eBmX0",
    "2026-07.secret": "Umux6dDnTZ7PamGoL_ntPCsaykTQVWp2T4pwrr2FRDg",
    "2027-01.secret": "yRU-km1OJgINkjQFxKUyTIGvbaSEulqUr8WNF5j2rNw",
}
"""Name -> text, as a file of that name would hold it. Secrets are 43 characters."""
