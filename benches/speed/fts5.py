"""The plain way: notes and the targets of their links in SQLite, texts in FTS5, nothing parsed.

fts5.py DATABASE index VAULT   reads the notes whose time or size changed
fts5.py DATABASE search WORD   prints the ten best, with a line of each
"""
import json
import os
import re
import sqlite3
import sys

LINK = re.compile(r"\[\[([^\]|#]+)")
SCHEMA = """
create table if not exists notes (id integer primary key, path text unique, mtime integer, size integer);
create table if not exists links (note integer, target text);
create index if not exists links_of_note on links (note);
create index if not exists links_to_target on links (target);
create virtual table if not exists texts using fts5 (title, body);
"""


def index(db, vault):
    known = {path: (id, mtime, size) for id, path, mtime, size in db.execute("select id, path, mtime, size from notes")}
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in os.scandir(os.path.join(vault, folder)):
            path = os.path.join(folder, entry.name)
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(path)
            elif path.endswith(".md"):
                stat = entry.stat()
                id, *stamp = known.pop(path, (None,))
                if stamp != [stat.st_mtime_ns, stat.st_size]:
                    forget(db, id)
                    read(db, vault, path, stat)
    for id, _, _ in known.values():
        forget(db, id)
    db.commit()


def read(db, vault, path, stat):
    with open(os.path.join(vault, path), encoding="utf-8", errors="replace") as file:
        text = file.read()
    id = db.execute("insert into notes (path, mtime, size) values (?, ?, ?)", (path, stat.st_mtime_ns, stat.st_size)).lastrowid
    db.execute("insert into texts (rowid, title, body) values (?, ?, ?)", (id, os.path.basename(path)[:-3], text))
    db.executemany("insert into links values (?, ?)", [(id, target) for target in LINK.findall(text)])


def forget(db, id):
    if id is not None:
        for statement in ("delete from notes where id = ?", "delete from texts where rowid = ?", "delete from links where note = ?"):
            db.execute(statement, (id,))


def search(db, word):
    best = """select path, title, snippet(texts, 1, '', '', '...', 12), -rank from texts join notes on notes.id = texts.rowid
        where texts match ? order by rank limit 10"""
    print(json.dumps(db.execute(best, ('"%s"' % word.replace('"', '""'),)).fetchall()))


def main():
    db = sqlite3.connect(sys.argv[1])
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    db.executescript(SCHEMA)
    {"index": index, "search": search}[sys.argv[2]](db, sys.argv[3])


main()
