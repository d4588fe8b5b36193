"""Judges any API by its OpenAPI document: what can be inferred becomes a lab in memory.

`document` reads it, `schemas` and `values` make bodies of it, `resources` and `identities` find what it is about,
`facts` what it promises, `driver` acts on it, `lab` puts the checks together that can run.
"""
