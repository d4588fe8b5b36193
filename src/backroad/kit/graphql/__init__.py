"""GraphQL over the features' actions: context, limits and errors of an operation, and the two ways it comes in.

Only what serves the web imports this package: Strawberry takes a third of a second to load.
"""
