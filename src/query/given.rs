//! What a query must be told of the world before it can be asked of documents: what time it is, and who is linked with whom.

use super::{Ast, Operator};
use crate::clock::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A question about links. A database answers it, with documents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Documents that link to what this name means.
    LinksTo(String),
    /// Documents to which what this name means links.
    LinkedFrom(String),
    /// Documents with a link that leads nowhere and whose target holds this text, or is it.
    Unresolved { text: String, is_whole: bool },
    /// Notes to which no other file links.
    Orphan,
}

impl Relation {
    pub(super) fn of(operator: Operator, argument: &Ast) -> Option<Self> {
        let (text, is_whole) = match argument {
            Ast::Word(text) => (text.clone(), false),
            Ast::Phrase(text) => (text.clone(), true),
            _ => return None,
        };
        match operator {
            Operator::Orphan => Some(Self::Orphan),
            Operator::Unresolved => Some(Self::Unresolved { text, is_whole }),
            // An operator without an operand matches nothing.
            Operator::Link | Operator::Backlink if text.is_empty() => None,
            Operator::Link => Some(Self::LinksTo(text)),
            Operator::Backlink => Some(Self::LinkedFrom(text)),
            _ => None,
        }
    }
}

/// The ids of the documents that answer a [`Relation`].
pub type Related = Arc<HashSet<String>>;

/// Where nothing is given, it is 1970 and nothing is linked.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub now: Timestamp,
    pub related: HashMap<Relation, Related>,
}

impl Ast {
    /// Returns the questions about links that must be answered first, each once.
    pub fn relations(&self) -> HashSet<Relation> {
        let mut found = HashSet::new();
        self.collect_relations(&mut found);
        found
    }

    fn collect_relations(&self, found: &mut HashSet<Relation>) {
        match self {
            Self::And(children) | Self::Or(children) => children.iter().for_each(|child| child.collect_relations(found)),
            Self::Not(child) => child.collect_relations(found),
            Self::Operator(operator, argument) => match Relation::of(*operator, argument) {
                Some(relation) => drop(found.insert(relation)),
                None => argument.collect_relations(found),
            },
            Self::Word(_) | Self::Phrase(_) | Self::Regex(_) | Self::Property { .. } | Self::Compare(..) => {}
        }
    }
}
