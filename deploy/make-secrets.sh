#!/bin/sh
# Draws the secrets that compose.yaml needs into deploy/secrets, once; what is there already stays as it is.
# Containers read them as another user, so the files are readable, and the folder is closed.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
chmod 700 secrets
drawn() { openssl rand -hex 32; }
put() {
	if [ -s "secrets/$1" ]; then
		echo "secrets/$1 is there already"
	else
		printf '%s' "$2" >"secrets/$1"
		chmod 644 "secrets/$1"
		echo "secrets/$1 was made"
	fi
}
put secret_key "$(drawn)"
put metrics_token "$(drawn)"
put postgres_password "$(drawn)"
put database_url "postgresql://backroad:$(cat secrets/postgres_password)@postgres:5432/backroad"
put credential_key "$(openssl genrsa 3072 2>/dev/null)"
put lti_key "$(openssl genrsa 3072 2>/dev/null)"
put redis_password "$(drawn)"
put redis_url "redis://:$(cat secrets/redis_password)@redis:6379/0"
put redis.conf "requirepass $(cat secrets/redis_password)
maxmemory 200mb
maxmemory-policy volatile-lru
save \"\"
"
if [ ! -s secrets/mail_url ]; then
	echo "Write how mail is sent into deploy/secrets/mail_url, such as smtp://user:password@mail.example.org:587" >&2
	echo "and make it readable: chmod 644 deploy/secrets/mail_url" >&2
	exit 1
fi
