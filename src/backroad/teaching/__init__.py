"""What instructors see of their cohorts and do there, and what learners see of them: REST, GraphQL, pages, CSV."""
