"""Stand-ins for what a target calls: a weather service, a language model, payments, an identity provider, mail.

Each keeps its small contract in its docstring, counts what it is asked, and can be slow, wrong, limited or down.
"""
