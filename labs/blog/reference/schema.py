"""The tables. What must not be there twice is kept out by a key, whoever asks at the same moment."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    bio TEXT, image TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS follows (
    follower INTEGER NOT NULL REFERENCES users (id), followed INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (follower, followed)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE, author INTEGER NOT NULL REFERENCES users (id),
    title TEXT NOT NULL, description TEXT NOT NULL, body TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS articles_of_author ON articles (author, id);
CREATE TABLE IF NOT EXISTS tags (
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (article, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS articles_of_tag ON tags (name, article);
CREATE TABLE IF NOT EXISTS favorites (
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE, user INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (article, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS favorites_of_user ON favorites (user, article);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    author INTEGER NOT NULL REFERENCES users (id), body TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS comments_of_article ON comments (article, id);
CREATE TABLE IF NOT EXISTS spending (
    user INTEGER NOT NULL REFERENCES users (id), day TEXT NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY (user, day)
) STRICT, WITHOUT ROWID;
"""
