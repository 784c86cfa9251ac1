//! What the filter flags ask for: of a search, terms of its query; of a list, the same terms asked of each file.

use super::args::{FilterArgs, LinkArgs};
use super::{Exit, Refusal, harmless};
use crate::clock::Timestamp;
use crate::query::{self, Ast, Given, Matcher, Operator, QueryError};
use crate::store::Narrow;
use anyhow::Result;
use std::ops::Range;

/// Returns what the flags ask for, as terms of a query.
pub(super) fn conditions(filters: &FilterArgs) -> Result<Vec<Ast>> {
    refuse_negations('t', &filters.tag)?;
    refuse_negations('p', &filters.property)?;
    let mut conditions = words(Operator::Tag, &filters.tag);
    conditions.extend(filters.path.iter().map(|path| operator(Operator::Path, Ast::Phrase(path.clone()))));
    conditions.extend(words(Operator::Title, &filters.title));
    conditions.extend(words(Operator::Alias, &filters.alias));
    let mut texts: Vec<String> = filters.property.iter().map(|property| format!("[{}]", property.replacen('=', ":", 1))).collect();
    texts.extend(filters.since.iter().map(|since| format!("modified:\"{since}..\"")));
    // In quotes a value with spaces stays one value, and is refused as no date.
    let one = |when: &String| if when.contains(char::is_whitespace) { format!("\"{when}\"") } else { when.clone() };
    texts.extend(filters.modified.iter().map(|when| format!("modified:{}", one(when))));
    texts.extend(filters.created.iter().map(|when| format!("created:{}", one(when))));
    for text in texts {
        conditions.extend(query::parse(&text).map_err(|error| shown_in_query(error.into(), &text))?);
    }
    Ok(conditions)
}

/// Returns what the flags about links ask for, as terms of a query.
pub(super) fn link_conditions(links: &LinkArgs) -> Vec<Ast> {
    let mut conditions = words(Operator::Link, &links.link);
    conditions.extend(words(Operator::Backlink, &links.backlink));
    conditions.extend(words(Operator::Unresolved, links.unresolved.as_slice()));
    conditions.extend(links.orphan.then(|| operator(Operator::Orphan, Ast::Word(String::new()))));
    conditions
}

/// Refuses what the shell's conventions make of a negation that was not quoted: `-type:x` is `-t ype:x` to them.
fn refuse_negations(flag: char, values: &[String]) -> Result<()> {
    let is_operator = |text: &str| text.split_once(':').is_some_and(|(name, _)| Operator::ALL.iter().any(|known| known.name() == name));
    let Some(text) = values.iter().map(|value| format!("{flag}{value}")).find(|text| is_operator(text)) else { return Ok(()) };
    let message = format!("-{} is read as a flag", harmless(&text));
    Err(Refusal { exit: Exit::Usage, message, hint: Some("put the whole query in quotes, or after --".to_owned()) }.into())
}

fn words(which: Operator, words: &[String]) -> Vec<Ast> {
    words.iter().map(|word| operator(which, Ast::Word(word.clone()))).collect()
}

fn operator(operator: Operator, argument: Ast) -> Ast {
    Ast::Operator(operator, Box::new(argument))
}

/// Returns a question with its flags, as the retrieval log keeps it: that nothing was found may be due to these.
pub(super) fn asked(text: &str, filters: &FilterArgs, links: &LinkArgs) -> String {
    let FilterArgs { tag, property, path, r#type, project, title, alias, since, modified, created } = filters;
    let LinkArgs { link, backlink, unresolved, orphan } = links;
    let flags = [
        ("--tag", tag.as_slice()),
        ("--property", property),
        ("--path", path),
        ("--type", r#type.as_slice()),
        ("--project", project.as_slice()),
        ("--title", title),
        ("--alias", alias),
        ("--since", since.as_slice()),
        ("--modified", modified.as_slice()),
        ("--created", created.as_slice()),
        ("--link", link),
        ("--backlink", backlink),
        ("--unresolved", unresolved.as_slice()),
    ];
    let flags = flags.into_iter().flat_map(|(flag, values)| values.iter().flat_map(move |value| [flag, value.as_str()]));
    let orphan = orphan.then_some("--orphan");
    let words: Vec<&str> = [text].into_iter().chain(flags).chain(orphan).filter(|text| !text.is_empty()).collect();
    words.join(" ")
}

/// Returns what the flags ask of the files of a list.
pub(super) fn narrow(filters: &FilterArgs) -> Result<Narrow> {
    let mut conditions = conditions(filters)?;
    let all = if conditions.len() > 1 { Some(Ast::And(conditions)) } else { conditions.pop() };
    let given = Given { now: Timestamp::now(), ..Given::default() };
    Ok(Narrow {
        conditions: all.map(|ast| Matcher::given(&ast, &given)),
        knowledge_type: filters.r#type.clone(),
        project: filters.project.clone(),
    })
}

/// Gives an error of the query its place in it, under which a caret stands.
pub(super) fn shown_in_query(error: anyhow::Error, text: &str) -> anyhow::Error {
    let Some(QueryError { message, span, hint }) = error.downcast_ref::<QueryError>() else { return error };
    let mut place = place(text, span.clone());
    if let Some(hint) = hint {
        place.push_str(&format!("\n  {}", harmless(hint)));
    }
    Refusal { exit: Exit::Usage, message: harmless(message), hint: Some(place) }.into()
}

/// Returns a query with carets under a part of it.
pub(super) fn place(text: &str, span: Range<usize>) -> String {
    let before = text[..span.start].chars().count();
    let width = text[span].chars().count().max(1);
    let line = harmless(text).replace(['\n', '\t'], " ");
    format!("{line}\n  {}{}", " ".repeat(before), "^".repeat(width))
}
