//! What many lookups say together: how often the vault is asked and how fast it answers, and what it has no answer to. Pure.

use crate::clock::Timestamp;
use crate::path::{fold, normal};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A lookup, as far as it counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    pub question: &'a str,
    pub at: Option<Timestamp>,
    pub agent: Option<&'a str>,
    pub method: Option<&'a str>,
    pub latency_ms: Option<i64>,
    /// Hits that Obsidian would find; `None` where nobody counted them.
    pub n_strict: Option<i64>,
    pub is_useful: Option<bool>,
}

/// Which lookups are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    All,
    Agent,
    Method,
}

/// What some lookups come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub group: Group,
    /// The agent or the method, where it is known.
    pub name: Option<String>,
    pub n_lookups: usize,
    pub n_misses: usize,
    pub n_useful: usize,
    pub n_useless: usize,
    /// Milliseconds within which half of them were answered, and 95 of 100.
    pub p50: Option<i64>,
    pub p95: Option<i64>,
}

/// A question that the vault does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// As it was asked last.
    pub question: String,
    pub n_asked: usize,
    pub last: Option<Timestamp>,
    pub agents: Vec<String>,
}

/// Counts all lookups together, then those of each agent and of each method, most frequent first. Without lookups there is nothing to say.
pub fn usage(asked: &[Asked<'_>]) -> Vec<Usage> {
    if asked.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![counted(Group::All, None, &asked.iter().collect::<Vec<_>>())];
    rows.extend(grouped(Group::Agent, asked, |a| a.agent));
    rows.extend(grouped(Group::Method, asked, |a| a.method));
    rows
}

fn grouped<'a>(group: Group, asked: &'a [Asked<'a>], name: impl Fn(&Asked<'a>) -> Option<&'a str>) -> Vec<Usage> {
    let mut groups: BTreeMap<Option<&str>, Vec<&Asked<'_>>> = BTreeMap::new();
    for one in asked {
        groups.entry(name(one)).or_default().push(one);
    }
    let mut rows: Vec<Usage> = groups.into_iter().map(|(name, asked)| counted(group, name, &asked)).collect();
    rows.sort_by_key(|usage| Reverse(usage.n_lookups));
    rows
}

fn counted(group: Group, name: Option<&str>, asked: &[&Asked<'_>]) -> Usage {
    let count = |is: &dyn Fn(&Asked<'_>) -> bool| asked.iter().filter(|a| is(a)).count();
    let mut latencies: Vec<i64> = asked.iter().filter_map(|a| a.latency_ms).collect();
    latencies.sort_unstable();
    Usage {
        group,
        name: name.map(str::to_owned),
        n_lookups: asked.len(),
        n_misses: count(&|a| a.n_strict == Some(0)),
        n_useful: count(&|a| a.is_useful == Some(true)),
        n_useless: count(&|a| a.is_useful == Some(false)),
        p50: percentile(&latencies, 50),
        p95: percentile(&latencies, 95),
    }
}

/// Returns the smallest of the sorted values that so many of a hundred do not exceed (the nearest rank).
pub fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Returns the questions that found nothing when they were last asked, most frequent first, of equals the latest. Case and space make no
/// difference. The lookups are given newest first.
pub fn gaps(asked: &[Asked<'_>]) -> Vec<Gap> {
    let mut questions: BTreeMap<String, (bool, Gap, BTreeSet<&str>)> = BTreeMap::new();
    for one in asked {
        let words: Vec<&str> = one.question.split_whitespace().collect();
        let (Some(n_strict), false) = (one.n_strict, words.is_empty()) else { continue };
        let question = words.join(" ");
        let (is_open, gap, agents) = questions.entry(fold(&normal(&question))).or_insert_with(|| {
            // This is the last time that it was asked. What was found then is no gap any more.
            (n_strict == 0, Gap { question, n_asked: 0, last: one.at, agents: Vec::new() }, BTreeSet::new())
        });
        if *is_open && n_strict == 0 {
            gap.n_asked += 1;
            agents.extend(one.agent);
        }
    }
    let open = questions.into_values().filter(|(is_open, ..)| *is_open);
    let mut gaps: Vec<Gap> = open.map(|(_, gap, agents)| Gap { agents: agents.into_iter().map(str::to_owned).collect(), ..gap }).collect();
    gaps.sort_by_key(|gap| Reverse((gap.n_asked, gap.last)));
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let hundred: Vec<i64> = (1..=100).collect();
        for (sorted, p50, p95) in [
            (&[][..], None, None),
            (&[7], Some(7), Some(7)),
            (&[1, 9], Some(1), Some(9)),
            (&[1, 2, 3], Some(2), Some(3)),
            (&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 500], Some(1), Some(1)),
            (&[1, 1, 1, 1, 1, 1, 1, 1, 1, 500], Some(1), Some(500)),
            (&hundred, Some(50), Some(95)),
        ] {
            assert_eq!((percentile(sorted, 50), percentile(sorted, 95)), (p50, p95), "{sorted:?}");
        }
    }

    fn asked(question: &'static str, agent: Option<&'static str>, n_strict: i64) -> Asked<'static> {
        Asked { question, agent, method: Some("fulltext"), latency_ms: Some(3), n_strict: Some(n_strict), ..Asked::default() }
    }

    #[test]
    fn lookups_are_counted_together_by_agent_and_by_method() {
        let useful = Asked { is_useful: Some(true), latency_ms: Some(9), ..asked("a", Some("x"), 2) };
        let foreign = Asked { question: "b", ..Asked::default() };
        let rows = usage(&[useful, asked("b", Some("x"), 0), asked("c", Some("w"), 1), foreign]);
        let said: Vec<_> = rows.iter().map(|u| (u.group, u.name.as_deref(), u.n_lookups, u.n_misses, u.n_useful, u.p50, u.p95)).collect();
        assert_eq!(
            said,
            [
                (Group::All, None, 4, 1, 1, Some(3), Some(9)),
                (Group::Agent, Some("x"), 2, 1, 1, Some(3), Some(9)),
                (Group::Agent, None, 1, 0, 0, None, None),
                (Group::Agent, Some("w"), 1, 0, 0, Some(3), Some(3)),
                (Group::Method, Some("fulltext"), 3, 1, 1, Some(3), Some(9)),
                (Group::Method, None, 1, 0, 0, None, None),
            ]
        );
        assert_eq!(usage(&[]), []);
    }

    #[test]
    fn a_gap_is_a_question_that_found_nothing_when_it_was_asked_last() {
        let newest_first = [
            asked("filled since", None, 1),
            asked("Deploy  keys", Some("b"), 0),
            asked("filled since", None, 0),
            asked("deploy KEYS", Some("a"), 0),
            asked("deploy keys", None, 4),
            asked("lost", None, 0),
            asked(" ", None, 0),
            Asked { question: "nobody counted", ..Asked::default() },
        ];
        let gaps = gaps(&newest_first);
        let said: Vec<_> = gaps.iter().map(|gap| (gap.question.as_str(), gap.n_asked, gap.agents.join(" "))).collect();
        assert_eq!(said, [("Deploy keys", 2, "a b".to_owned()), ("lost", 1, String::new())]);
    }
}
