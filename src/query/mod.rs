//! Obsidian's search language: text -> [`Ast`] -> what an index can answer ([`plan`]) and what must be checked on the text
//! ([`matcher`]). Pure; the grammar and its meaning are written in `docs/syntax.md`.

pub mod words;
