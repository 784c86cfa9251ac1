//! Figures as a page of bars.

use super::{Figures, Series};
use crate::render::chart::{Bar, Chart};

/// Returns the figures as a terminal of that width shows them. What nothing is told of is left out.
pub fn draw(figures: &Figures, chart: &Chart) -> String {
    let mut text = overview(figures, chart);
    let mut section = |head: &str, remark: &str, bars: Vec<Bar>| {
        if !bars.is_empty() {
            text.push('\n');
            text.push_str(&chart.head(head, remark));
            text.push_str(&chart.bars(&bars));
        }
    };
    let times = |series: &Series<super::Notes>| -> Vec<Bar> {
        series.results.iter().map(|row| bar(&row.at, row.notes, counted(row.links, "link", "links"))).collect()
    };
    let (written, made, n_made) = (&figures.written, &figures.made, figures.made.results.iter().map(|row| row.notes).sum::<usize>());
    section(&format!("Notes by the {} they were last written", written.unit), "by the times of their files", times(written));
    let says = format!("{n_made} of {} say so by a property `created`", figures.notes);
    section(&format!("Notes by the {} they were made", made.unit), &says, times(made));
    let hubs = figures.hubs.iter().map(|hub| bar(&hub.title, hub.n_in, String::new()));
    section("Hubs", "files that most others link to", hubs.collect());
    let tags = figures.tags.results.iter().map(|tag| {
        let depth = tag.tag.matches('/').count();
        let label = tag.tag.rsplit_once('/').map_or(tag.tag.as_str(), |(_, last)| last);
        Bar { label: label.to_owned(), depth, value: tag.count, note: String::new() }
    });
    section("Tags", &of_all(figures.tags.results.len(), figures.tags.total, "`vault-sync tags`"), tags.collect());
    let folders = figures.folders.results.iter().map(|folder| {
        let name = if folder.folder.is_empty() { "(in no folder)" } else { &folder.folder };
        bar(name, folder.notes, String::new())
    });
    section("Folders", &of_all(figures.folders.results.len(), figures.folders.total, "-n"), folders.collect());
    let misses = |n: usize| if n == 0 { String::new() } else { format!("{n} in vain") };
    let asked = figures.lookups.asked.results.iter().map(|row| bar(&row.at, row.lookups, misses(row.misses)));
    section(&format!("Lookups by the {}", figures.lookups.asked.unit), "of people and agents", asked.collect());
    let agents = figures.lookups.agents.iter().map(|agent| {
        let name = agent.name.as_deref().unwrap_or("(no agent)");
        bar(name, agent.lookups, misses(agent.misses))
    });
    section("Lookups by agent", "`vault-sync log stats` tells more", agents.collect());
    text
}

fn overview(figures: &Figures, chart: &Chart) -> String {
    let Figures { notes, canvases, bases, attachments, links, orphans, unresolved, lookups, .. } = figures;
    let files = [(*notes, "note", "notes"), (*canvases, "canvas", "canvases"), (*bases, "base", "bases")];
    let files = files.into_iter().chain([(*attachments, "attachment", "attachments"), (*links, "link", "links")]);
    let files: Vec<String> = files.filter(|(n, one, _)| *n > 0 || *one == "note").map(|(n, one, more)| counted(n, one, more)).collect();
    let missing = format!("{} to {}", counted(unresolved.links, "link", "links"), counted(unresolved.names, "name", "names"));
    chart.head(&figures.vaults.join(", "), &files.join(", "))
        + &format!("  {} to which no other file links\n", counted(*orphans, "note", "notes"))
        + &format!("  {missing} that no file has\n")
        + &format!("  {}, {} in vain\n", counted(lookups.total, "lookup", "lookups"), lookups.misses)
}

fn bar(label: &str, value: usize, note: String) -> Bar {
    Bar { label: label.to_owned(), depth: 0, value, note }
}

fn counted(n: usize, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

fn of_all(shown: usize, total: usize, more: &str) -> String {
    if shown < total { format!("{shown} of {total}, {more} shows more") } else { String::new() }
}
