"""What a target depends on, under control: a real PostgreSQL, Redis or RabbitMQ, each behind a proxy of ours.

`sources` says where a real server comes from, `proxy` stands between it and the target, `opened` puts both together.
"""
