//! The flags of the lists. What all of them take is said once, in [`ListArgs`].

use super::{FilterArgs, OutputArgs};
use crate::path::FileKind;
use clap::{Args, ValueEnum};

/// What every list takes.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filters: FilterArgs,
    #[command(flatten)]
    pub page: PageArgs,
}

/// How much of a list is printed, and how.
#[derive(Debug, Default, PartialEq, Args)]
pub struct PageArgs {
    /// Print at most N
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Skip the first N
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: usize,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The order of names that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// From A to Z
    Name,
    /// The most frequent first
    Count,
}

/// The order of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FilesBy {
    /// From A to Z
    Path,
    /// The one written last first
    Modified,
    /// The largest first
    Size,
}

#[derive(Debug, Args)]
#[command(after_help = "\
All files are listed, also those that Obsidian's own setting \"Excluded files\" hides from searches.

Example: the ten largest attachments
  vault-sync ls --kind attachment --sort size -n 10")]
pub struct FilesArgs {
    /// Only files of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindArg>,
    /// What to sort by
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = FilesBy::Path)]
    pub sort: FilesBy,
    #[command(flatten)]
    pub list: ListArgs,
}

/// [`FileKind`], as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    Note,
    Canvas,
    Base,
    Attachment,
}

impl From<KindArg> for FileKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Note => Self::Note,
            KindArg::Canvas => Self::Canvas,
            KindArg::Base => Self::Base,
            KindArg::Attachment => Self::Attachment,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Links, embeds and links in properties count; those within the note itself too.
The filters are about the file at the other end of a link.

Examples:
  vault-sync links Home
  vault-sync backlinks schema.svg --format path")]
pub struct NoteLinksArgs {
    /// A path in the vault, a name, an alias or an id
    #[arg(value_name = "NOTE")]
    pub note: String,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A missing file goes by the name that the link gives it, with its path and in its case, without .md.
The filters are about the files that the links stand in.

Example: every broken link of a folder, one a line
  vault-sync unresolved --sources --path Projects/")]
pub struct UnresolvedArgs {
    /// Print each link, where it stands, instead of each missing file
    #[arg(long, conflicts_with = "sort")]
    pub sources: bool,
    /// What to sort by
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = By::Name)]
    pub sort: By,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A link, an embed or a link in a property saves a note, from a canvas too; its own links do not.
Notes that Obsidian's \"Excluded files\" hides are not listed, but their links count.

Example: notes of a folder that nobody finds
  vault-sync orphans --path Inbox/")]
pub struct OrphansArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each row: the notes with the tag or one below it, those with this very tag, the tag.
Case makes no difference; a tag is shown as it is written most often.
Notes that Obsidian's \"Excluded files\" hides do not count.

Example: the ten most frequent tags of drafts
  vault-sync tags -p status=draft --sort count -n 10")]
pub struct TagsArgs {
    /// What to sort by: `name` has children below their parent
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = By::Name)]
    pub sort: By,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each row: the notes with the property, its type, its name. The type is the one that most values show.
With NAME, each row: the notes with the value, the value; a list counts by its items.
Notes that Obsidian's \"Excluded files\" hides do not count.

Examples:
  vault-sync properties --sort count
  vault-sync properties status")]
pub struct PropertiesArgs {
    /// List the values of this property
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// What to sort by
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = By::Name)]
    pub sort: By,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each row: the notes of the project, its name.
Notes that Obsidian's \"Excluded files\" hides do not count.

Example: the projects of the last four weeks
  vault-sync projects --since 4w --sort count")]
pub struct ProjectsArgs {
    /// What to sort by
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = By::Name)]
    pub sort: By,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A task is open while its box holds a space; any other character counts as done, as in Obsidian.
Tasks of notes that Obsidian's \"Excluded files\" hides are not listed.

Example: what is open in a project
  vault-sync tasks --todo --project mission-control")]
pub struct TasksArgs {
    /// Only open tasks
    #[arg(long, conflicts_with = "done")]
    pub todo: bool,
    /// Only tasks that are done
    #[arg(long)]
    pub done: bool,
    /// Only tasks with this character in their box
    #[arg(long, value_name = "C")]
    pub status: Option<char>,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without -n, ten notes are listed. Those that Obsidian's \"Excluded files\" hides are left out.

Example: what was written last in a folder
  vault-sync recent --path Journal/ -n 3")]
pub struct RecentArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each row: the notes with the word in their text, title, aliases or name; the word.
Words are in lower case. Chinese, Japanese and Korean are kept as pairs of characters.

Examples:
  vault-sync terms deploy
  vault-sync terms --sort count -n 20 --path Projects/")]
pub struct TermsArgs {
    /// Only words that begin so; without it, all
    #[arg(value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub prefix: String,
    /// What to sort by
    #[arg(long, value_enum, value_name = "KEY", hide_default_value = true, default_value_t = By::Name)]
    pub sort: By,
    #[command(flatten)]
    pub list: ListArgs,
}
