//! The grammar: text -> [`Ast`].
//!
//! As forgiving as Obsidian's: what is not closed runs to the end, an `OR` without a neighbour is ignored. Where nobody documents it, we
//! decide: `-`, `/`, `"`, `[` and operators are special at a term's start only, so `foo-bar`, `a/b` and `12:30` are words; `)` ends a
//! word inside a group only; blanks after `operator:` are skipped; `<` and `>` compare inside a property or a date only. `orphan:` and
//! `unresolved:` may stand alone, so that after a blank another term begins.

use super::{Ast, Comparison, Operator, QueryError, Reading, regular};
use crate::clock::Period;
use crate::nearest::nearest;
use std::ops::Range;

/// Reads a query; `None` when it asks for nothing.
pub fn parse(text: &str) -> Result<Option<Ast>, QueryError> {
    read(text).map(|reading| reading.ast)
}

/// Reads a query and says what in it is not closed.
pub fn read(text: &str) -> Result<Reading, QueryError> {
    let mut parser = Parser { text, at: 0, n_groups: 0, is_in_property: false, within: None, depth: 0, unclosed: Vec::new() };
    let ast = parser.any()?;
    parser.unclosed.sort_by_key(|(_, at)| *at);
    Ok(Reading { ast, unclosed: parser.unclosed })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Open groups; without one `)` is a character like any other.
    n_groups: usize,
    is_in_property: bool,
    /// The operator around this place, if it is one that excludes others.
    within: Option<Operator>,
    /// Terms open around this place.
    depth: usize,
    /// What ran to the end, and where it began.
    unclosed: Vec<(&'static str, usize)>,
}

/// More than anybody writes, and less than the stack holds.
const MOST_DEPTH: usize = 100;

type Parsed = Result<Option<Ast>, QueryError>;

impl Parser<'_> {
    /// `all { "OR" all }`
    fn any(&mut self) -> Parsed {
        let mut choices = Vec::new();
        loop {
            choices.extend(self.all()?);
            if !self.take_or() {
                return Ok(one_or(choices, Ast::Or));
            }
        }
    }

    /// `term { term }`
    fn all(&mut self) -> Parsed {
        let mut terms = Vec::new();
        while !self.is_at_end_of_terms() {
            terms.extend(self.term()?);
        }
        Ok(one_or(terms, Ast::And))
    }

    fn term(&mut self) -> Parsed {
        if self.depth == MOST_DEPTH {
            return Err(self.error("nested too deeply", self.at..self.text.len(), None));
        }
        self.depth += 1;
        let term = self.term_here();
        self.depth -= 1;
        term
    }

    fn term_here(&mut self) -> Parsed {
        let start = self.at;
        let compares = self.is_in_property || self.is_in_dates();
        let term = match self.peek() {
            Some('-') => return self.not(),
            Some('<') if compares => return self.compare(Comparison::Below),
            Some('>') if compares => return self.compare(Comparison::Above),
            Some('"') => self.phrase(),
            Some('/') => self.regex()?,
            Some('(') => return self.group(),
            Some('[') => self.property()?,
            _ => match self.operator_name() {
                Some(name) if !self.is_in_property => return self.operator(name).map(Some),
                _ => self.word(),
            },
        };
        if self.is_in_dates() {
            self.check_date(start, &term)?;
        }
        Ok(Some(term))
    }

    fn is_in_dates(&self) -> bool {
        !self.is_in_property && matches!(self.within, Some(Operator::Created | Operator::Modified))
    }

    fn check_date(&self, start: usize, term: &Ast) -> Result<(), QueryError> {
        let is_date = matches!(term, Ast::Word(text) | Ast::Phrase(text) if Period::parse(text).is_some());
        let written = self.text[start..self.at].trim_end();
        let hint = || Some(Period::FORMS.to_owned());
        if is_date { Ok(()) } else { Err(self.error(&format!("{written} is no date"), start..start + written.len(), hint())) }
    }

    fn not(&mut self) -> Parsed {
        self.at += 1;
        Ok(self.operand()?.map(|term| Ast::Not(Box::new(term))))
    }

    /// The term that a sign or an operator stands before; `None` at the end of terms.
    fn operand(&mut self) -> Parsed {
        if self.is_at_end_of_terms() { Ok(None) } else { self.term() }
    }

    fn compare(&mut self, comparison: Comparison) -> Parsed {
        let start = self.at;
        self.at += 1;
        match self.operand()? {
            Some(Ast::Word(text) | Ast::Phrase(text)) if self.is_in_dates() && text.contains("..") => {
                Err(self.error("a comparison needs a single date", start..self.at, Some(Period::FORMS.into())))
            }
            value @ Some(Ast::Word(_) | Ast::Phrase(_)) => Ok(value.map(|value| Ast::Compare(comparison, Box::new(value)))),
            _ => {
                let hint = if self.is_in_dates() { Period::FORMS } else { "for example [duration:<5]" };
                Err(self.error("a comparison needs a value", start..self.at, Some(hint.into())))
            }
        }
    }

    fn phrase(&mut self) -> Ast {
        Ast::Phrase(self.delimited('"', "quote", |escaped| matches!(escaped, '"' | '\\')))
    }

    fn regex(&mut self) -> Result<Ast, QueryError> {
        let start = self.at;
        let source = self.delimited('/', "regular expression", |escaped| escaped == '/');
        match regular::compile(&source, false) {
            Ok(_) => Ok(Ast::Regex(source)),
            Err(reason) => {
                let hint = "a term that starts with / is a regular expression; quote it to find the text itself";
                Err(self.error(&format!("invalid regular expression: {reason}"), start..self.at, Some(hint.into())))
            }
        }
    }

    /// Reads up to the closing character or the end. A backslash before one that `unescapes` goes away; any other is kept.
    fn delimited(&mut self, closing: char, what: &'static str, unescapes: impl Fn(char) -> bool) -> String {
        let start = self.at;
        self.at += closing.len_utf8();
        let mut inner = String::new();
        let mut chars = self.text[self.at..].chars();
        while let Some(c) = chars.next() {
            self.at += c.len_utf8();
            if c == closing {
                return inner;
            }
            let escaped = if c == '\\' { chars.clone().next() } else { None };
            let Some(escaped) = escaped else {
                inner.push(c);
                continue;
            };
            if !unescapes(escaped) {
                inner.push(c);
            }
            inner.push(escaped);
            chars.next();
            self.at += escaped.len_utf8();
        }
        self.unclosed.push((what, start));
        inner
    }

    fn group(&mut self) -> Parsed {
        let start = self.at;
        self.at += 1;
        self.n_groups += 1;
        let inner = self.any();
        self.n_groups -= 1;
        if !self.take(')') {
            self.unclosed.push(("parenthesis", start));
        }
        inner
    }

    fn property(&mut self) -> Result<Ast, QueryError> {
        let start = self.at;
        if self.is_in_property {
            return Err(self.error("a property cannot stand inside a property", start..start + 1, Some("quote the bracket".into())));
        }
        self.at += 1;
        self.skip_blanks();
        let name = self.property_name();
        if name.is_empty() {
            let hint = "write [name] or [name:value]; quote brackets to find the text itself";
            return Err(self.error("a property needs a name", start..self.at.max(start + 1), Some(hint.into())));
        }
        let value = if self.take(':') { Some(Box::new(self.property_value()?)) } else { None };
        self.skip_blanks();
        if !self.take(']') {
            self.unclosed.push(("bracket", start));
        }
        Ok(Ast::Property { name, value })
    }

    fn property_name(&mut self) -> String {
        if self.peek() == Some('"') {
            let name = self.delimited('"', "quote", |escaped| matches!(escaped, '"' | '\\'));
            self.skip_blanks();
            return name;
        }
        let rest = &self.text[self.at..];
        let end = rest.find([':', ']']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim().to_owned()
    }

    fn property_value(&mut self) -> Result<Ast, QueryError> {
        let n_groups = std::mem::take(&mut self.n_groups);
        self.is_in_property = true;
        let value = self.any();
        self.is_in_property = false;
        self.n_groups = n_groups;
        Ok(value?.unwrap_or_else(nothing))
    }

    /// Returns the name before a colon that starts here, if there is one; stands still.
    fn operator_name(&self) -> Option<Range<usize>> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-')?;
        (end > 0 && rest[end..].starts_with(':')).then(|| self.at..self.at + end)
    }

    fn operator(&mut self, name: Range<usize>) -> Result<Ast, QueryError> {
        let Some(operator) = Operator::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(&self.text[name.clone()])) else {
            return Err(self.unknown_operator(name));
        };
        self.at = name.end + 1;
        let around = self.within;
        if let Some(outer) = around.filter(|_| !operator.is_case_mode())
            && (outer, operator) != (Operator::Section, Operator::Section)
        {
            let message = format!("{}: cannot stand inside {}:", operator.name(), outer.name());
            return Err(self.error(&message, name, Some("write the two side by side".into())));
        }
        if !operator.is_case_mode() {
            self.within = Some(operator);
        }
        let argument = self.argument(operator, &name);
        self.within = around;
        let argument = argument?.unwrap_or_else(nothing);
        self.check_argument(operator, &argument, name.start)?;
        Ok(Ast::Operator(operator, Box::new(argument)))
    }

    fn argument(&mut self, operator: Operator, name: &Range<usize>) -> Parsed {
        match operator {
            Operator::Orphan | Operator::Unresolved if !self.is_at_a_term() => Ok(None),
            Operator::Orphan => {
                let hint = "put a blank between it and the next term";
                Err(self.error("orphan: takes nothing", name.start..self.at, Some(hint.into())))
            }
            Operator::Link | Operator::Backlink if self.text[self.at..].starts_with("[[") => Ok(Some(self.wikilink())),
            _ => self.operand(),
        }
    }

    fn check_argument(&self, operator: Operator, argument: &Ast, start: usize) -> Result<(), QueryError> {
        let name = operator.name();
        let (takes_it, what) = match operator {
            Operator::Tag => (matches!(argument, Ast::Word(_)), "tag"),
            Operator::Type | Operator::Project | Operator::Link | Operator::Backlink | Operator::Unresolved => {
                (matches!(argument, Ast::Word(_) | Ast::Phrase(_)), "name, in quotes if it has blanks")
            }
            _ => return Ok(()),
        };
        let hint = || Some(format!("write one {name}: for each, for example ({name}:a OR {name}:b)"));
        if takes_it { Ok(()) } else { Err(self.error(&format!("{name}: takes a single {what}"), start..self.at, hint())) }
    }

    /// Reads a link as notes write it, as the name that it gives.
    fn wikilink(&mut self) -> Ast {
        let start = self.at;
        let rest = &self.text[start + 2..];
        let end = rest.find("]]");
        if end.is_none() {
            self.unclosed.push(("bracket", start));
        }
        self.at += 2 + end.map_or(rest.len(), |end| end + 2);
        Ast::Phrase(rest[..end.unwrap_or(rest.len())].split(['|', '#']).next().unwrap_or_default().trim().to_owned())
    }

    /// Returns whether a term starts right here, without a blank before it.
    fn is_at_a_term(&self) -> bool {
        match self.peek() {
            None => false,
            Some(')') => self.n_groups == 0,
            Some(c) => !c.is_whitespace(),
        }
    }

    fn unknown_operator(&self, name: Range<usize>) -> QueryError {
        let written = &self.text[name.clone()];
        let hint = match nearest(written, Operator::ALL.map(Operator::name)) {
            Some(known) => format!("did you mean {known}: ?"),
            None => format!("a property is written [{written}:value]; quote the term to find the text itself"),
        };
        self.error(&format!("there is no operator {written}:"), name.start..name.end + 1, Some(hint))
    }

    fn word(&mut self) -> Ast {
        let rest = &self.text[self.at..];
        let ends = |c: char| c.is_whitespace() || (c == ')' && self.n_groups > 0) || (c == ']' && self.is_in_property);
        let end = rest.find(ends).unwrap_or(rest.len());
        self.at += end;
        Ast::Word(rest[..end].to_owned())
    }

    /// Returns whether no term starts here, blanks skipped: end of the query, of the group, of the property, or an `OR`.
    fn is_at_end_of_terms(&mut self) -> bool {
        self.skip_blanks();
        match self.peek() {
            None => true,
            Some(')') => self.n_groups > 0,
            Some(']') => self.is_in_property,
            Some(_) => self.or_end().is_some(),
        }
    }

    fn take_or(&mut self) -> bool {
        let end = self.or_end();
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    /// Returns where the `OR` that starts here ends. It must be a word of its own.
    fn or_end(&self) -> Option<usize> {
        let after = self.text[self.at..].strip_prefix("OR")?;
        let is_alone = after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | ']'));
        is_alone.then_some(self.at + 2)
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let is_there = self.peek() == Some(c);
        self.at += if is_there { c.len_utf8() } else { 0 };
        is_there
    }

    fn error(&self, message: &str, span: Range<usize>, hint: Option<String>) -> QueryError {
        QueryError { message: message.to_owned(), span, hint }
    }
}

/// What stands for a missing operand: a word that matches nothing.
fn nothing() -> Ast {
    Ast::Word(String::new())
}

fn one_or(mut terms: Vec<Ast>, many: impl Fn(Vec<Ast>) -> Ast) -> Option<Ast> {
    if terms.len() > 1 { Some(many(terms)) } else { terms.pop() }
}

#[cfg(test)]
mod tests;
