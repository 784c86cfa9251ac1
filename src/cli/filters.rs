//! What the filter flags ask for: of a search, terms of its query; of a list, the same terms asked of each file.

use super::args::FilterArgs;
use super::{Exit, Refusal, harmless};
use crate::query::{self, Ast, Matcher, Operator, QueryError};
use crate::store::Narrow;
use anyhow::Result;

/// Returns what the flags ask for, as terms of a query.
pub(super) fn conditions(filters: &FilterArgs) -> Result<Vec<Ast>> {
    let operator = |operator, argument| Ast::Operator(operator, Box::new(argument));
    let mut conditions: Vec<Ast> = filters.tag.iter().map(|tag| operator(Operator::Tag, Ast::Word(tag.clone()))).collect();
    conditions.extend(filters.path.iter().map(|path| operator(Operator::Path, Ast::Phrase(path.clone()))));
    for property in &filters.property {
        let text = format!("[{}]", property.replacen('=', ":", 1));
        conditions.extend(query::parse(&text).map_err(|error| shown_in_query(error.into(), &text))?);
    }
    Ok(conditions)
}

/// Returns a question with its flags, as the retrieval log keeps it: that nothing was found may be due to these.
pub(super) fn asked(text: &str, filters: &FilterArgs) -> String {
    let FilterArgs { tag, property, path, r#type, project } = filters;
    let flags = [
        ("--tag", tag.as_slice()),
        ("--property", property),
        ("--path", path),
        ("--type", r#type.as_slice()),
        ("--project", project.as_slice()),
    ];
    let flags = flags.into_iter().flat_map(|(flag, values)| values.iter().flat_map(move |value| [flag, value.as_str()]));
    let words: Vec<&str> = [text].into_iter().filter(|text| !text.is_empty()).chain(flags).collect();
    words.join(" ")
}

/// Returns what the flags ask of the files of a list.
pub(super) fn narrow(filters: &FilterArgs) -> Result<Narrow> {
    let mut conditions = conditions(filters)?;
    let all = if conditions.len() > 1 { Some(Ast::And(conditions)) } else { conditions.pop() };
    Ok(Narrow { conditions: all.map(|ast| Matcher::new(&ast)), knowledge_type: filters.r#type.clone(), project: filters.project.clone() })
}

/// Gives an error of the query its place in it, under which a caret stands.
pub(super) fn shown_in_query(error: anyhow::Error, text: &str) -> anyhow::Error {
    let Some(QueryError { message, span, hint }) = error.downcast_ref::<QueryError>() else { return error };
    let before = text[..span.start].chars().count();
    let width = text[span.clone()].chars().count().max(1);
    let line = harmless(text).replace(['\n', '\t'], " ");
    let mut place = format!("{line}\n  {}{}", " ".repeat(before), "^".repeat(width));
    if let Some(hint) = hint {
        place.push_str(&format!("\n  {}", harmless(hint)));
    }
    Refusal { exit: Exit::Usage, message: harmless(message), hint: Some(place) }.into()
}
