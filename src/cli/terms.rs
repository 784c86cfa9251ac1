//! `terms`: the words of the index, with the notes of each.

use super::args::{By, TermsArgs};
use super::filters::conditions;
use super::list::{Out, refuse_paths};
use super::session::require_vaults;
use super::{Exit, Surface};
use crate::clock::Timestamp;
use crate::query::{Ast, Given, Matcher};
use crate::render::list::{Cell, Row, Shape, Shown};
use crate::search::{self, Filters, Patience};
use crate::state;
use anyhow::Result;
use serde_json::json;
use std::cmp::Reverse;

const TERMS: Shape = Shape { nouns: ["term", "terms"], columns: &["term", "count"], heads: &["notes", "term"] };

pub(super) fn run(args: &TermsArgs, surface: &Surface) -> Result<Exit> {
    let (filters, page) = (&args.list.filters, &args.list.page);
    refuse_paths(surface, page, "terms")?;
    let settings = surface.settings()?;
    require_vaults(&settings)?;
    let now = Timestamp::now();
    let matcher = Matcher::given(&Ast::And(conditions(filters)?), &Given { now, ..Given::default() });
    let (index, roots) = (settings.index_dir(), settings.roots());
    let filters = Filters {
        vaults: roots.iter().map(|(name, _)| name.clone()).collect(),
        knowledge_type: filters.r#type.clone(),
        project: filters.project.clone(),
    };
    let state = state::read(&settings.data_dir.value);
    let mut terms = search::terms(&index, &state, &args.prefix, &matcher, &filters)?;
    if args.sort == By::Count {
        terms.sort_by_key(|term| Reverse(term.count));
    }
    let freshness = search::freshness(&index, &settings.sites(), &state, now.millis(), Patience::Glance);
    let row = |term: &search::Term| Row {
        vault: String::new(),
        json: json!({"term": term.term, "count": term.count}),
        paths: Vec::new(),
        shown: Shown::Cells(vec![Cell::Count(term.count), Cell::Text(term.term.clone())]),
    };
    Out { surface, page, roots: &roots, has_vaults: false }.print(&TERMS, &terms, None, row, Some(&freshness))
}
