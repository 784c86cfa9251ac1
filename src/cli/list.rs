//! What every list does alike: it opens the store, takes the files that the flags leave over, cuts out the page that was asked for, and
//! prints it with how fresh it is. What a list is about is for the file of its command.

use super::args::{Format, ListArgs, PageArgs};
use super::filters::narrow;
use super::session::Session;
use super::{Exit, Refusal, Surface, harmless};
use crate::render::list::{self, List, Row, Shape};
use crate::search::Freshness;
use crate::store::{File, Narrow, Vault, WrittenLink};
use anyhow::Result;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// A list on its way.
pub(super) struct Lister<'a> {
    pub session: Session,
    pub vaults: Vec<Vault>,
    pub narrow: Narrow,
    surface: &'a Surface,
    args: &'a PageArgs,
}

impl<'a> Lister<'a> {
    pub(super) async fn open(surface: &'a Surface, args: &'a ListArgs) -> Result<Self> {
        let narrow = narrow(&args.filters)?;
        let mut session = Session::open(surface).await?;
        let vaults = session.vaults().await?;
        Ok(Self { session, vaults, narrow, surface, args: &args.page })
    }

    /// Opens a list of what has no file of its own.
    pub(super) async fn open_without_paths(surface: &'a Surface, args: &'a ListArgs, what: &str) -> Result<Self> {
        refuse_paths(surface, &args.page, what)?;
        Self::open(surface, args).await
    }

    /// Opens a list of lookups: of whatever files, and of no one vault.
    pub(super) async fn open_log(surface: &'a Surface, args: &'a PageArgs, what: &str) -> Result<Self> {
        refuse_paths(surface, args, what)?;
        let session = Session::open(surface).await?;
        Ok(Self { session, vaults: Vec::new(), narrow: Narrow::default(), surface, args })
    }

    /// Returns a vault's files that the flags leave over, by id.
    pub(super) async fn files(&mut self, vault: &Vault) -> Result<HashMap<String, File>> {
        let files = self.session.store.files(vault, &self.narrow).await?;
        Ok(files.into_iter().map(|file| (file.doc_id.clone(), file)).collect())
    }

    /// Returns the same without those that Obsidian's own setting hides.
    pub(super) async fn shown_files(&mut self, vault: &Vault) -> Result<HashMap<String, File>> {
        let mut files = self.files(vault).await?;
        files.retain(|_, file| !file.is_ignored);
        Ok(files)
    }

    /// Returns the links whose end, a document, the flags leave over.
    pub(super) async fn narrowed(
        &mut self,
        vault: &Vault,
        mut links: Vec<WrittenLink>,
        end: impl Fn(&WrittenLink) -> Option<&String>,
    ) -> Result<Vec<WrittenLink>> {
        if !self.narrow.is_none() {
            let files = self.files(vault).await?;
            links.retain(|link| end(link).is_some_and(|id| files.contains_key(id)));
        }
        Ok(links)
    }

    /// Prints the page of `found`, which is sorted, that the flags ask for: at most `limit` rows, if they do not say how many.
    pub(super) async fn print<T>(
        self,
        shape: &'static Shape,
        found: Vec<T>,
        limit: Option<usize>,
        row: impl Fn(&T) -> Row,
    ) -> Result<Exit> {
        let freshness = self.session.freshness();
        self.put_out(shape, &found, limit, row, Some(&freshness)).await
    }

    /// Prints such a page of what is not about files: how fresh the mirror is does not matter to it.
    pub(super) async fn print_log<T>(
        self,
        shape: &'static Shape,
        found: &[T],
        limit: Option<usize>,
        row: impl Fn(&T) -> Row,
    ) -> Result<Exit> {
        self.put_out(shape, found, limit, row, None).await
    }

    /// Returns the page that the flags ask for.
    pub(super) fn page<'b, T>(&self, found: &'b [T], limit: Option<usize>) -> &'b [T] {
        self.args.page(found, limit)
    }

    async fn put_out<T>(
        self,
        shape: &'static Shape,
        found: &[T],
        limit: Option<usize>,
        row: impl Fn(&T) -> Row,
        freshness: Option<&Freshness>,
    ) -> Result<Exit> {
        let roots = self.session.settings.roots();
        self.session.close().await?;
        let out = Out { surface: self.surface, page: self.args, roots: &roots, has_vaults: self.vaults.len() > 1 };
        out.print(shape, found, limit, row, freshness)
    }
}

/// Where a list goes, and how much of it.
pub(super) struct Out<'a> {
    pub surface: &'a Surface,
    pub page: &'a PageArgs,
    pub roots: &'a [(String, PathBuf)],
    pub has_vaults: bool,
}

impl Out<'_> {
    /// Prints the page of `found`, which is sorted, that the flags ask for.
    pub(super) fn print<T>(
        &self,
        shape: &'static Shape,
        found: &[T],
        limit: Option<usize>,
        row: impl Fn(&T) -> Row,
        freshness: Option<&Freshness>,
    ) -> Result<Exit> {
        let rows = self.page.page(found, limit).iter().map(row).collect();
        let list = List { shape, rows, offset: self.page.offset, total: found.len(), has_vaults: self.has_vaults };
        self.put(&list, freshness, Map::new())
    }

    /// Prints a page; its JSON document says `more`.
    pub(super) fn put(&self, list: &List, freshness: Option<&Freshness>, more: Map<String, Value>) -> Result<Exit> {
        let Self { surface, page, roots, .. } = *self;
        let format = page.output.format(surface.global.json);
        if format == Format::Json {
            let mut document = list::json(list, freshness);
            document.as_object_mut().expect("a list is an object").extend(more);
            return surface.json(&document).map(|()| Exit::Success);
        }
        let warnings = freshness.map(Freshness::warnings).unwrap_or_default();
        warnings.iter().for_each(|warning| surface.note(&format!("vault-sync: {}", harmless(warning))));
        match format {
            Format::Jsonl => surface.raw(&list::json_lines(list))?,
            Format::Csv => surface.raw(&list::csv(list))?,
            Format::Path => surface.raw(&list::paths(list, page.output.end_of_path()))?,
            _ if std::io::stdout().is_terminal() => surface.text(&list::on_terminal(list, roots, surface.has_colour()))?,
            _ => surface.text(&list::in_pipe(list))?,
        }
        Ok(Exit::Success)
    }
}

impl PageArgs {
    /// Returns the page that the flags ask for: of at most `limit`, if they do not say of how many.
    fn page<'a, T>(&self, found: &'a [T], limit: Option<usize>) -> &'a [T] {
        let rest = &found[self.offset.min(found.len())..];
        &rest[..self.limit.or(limit).unwrap_or(usize::MAX).min(rest.len())]
    }
}

pub(super) fn refuse_paths(surface: &Surface, args: &PageArgs, what: &str) -> Result<()> {
    if args.output.format(surface.global.json) != Format::Path {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: format!("{what} are no files: there are no paths to print"),
        hint: Some("`vault-sync ls --format path` lists files, with the same filters".to_owned()),
    };
    Err(refusal.into())
}
