//! The person's editor, and how each is told the line.

use std::path::Path;

/// How an editor is told where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// `+LINE FILE`, as vi has it.
    Plus,
    /// `FILE:LINE:COLUMN`
    Colons,
    /// `--goto FILE:LINE:COLUMN`
    Goto,
    /// `--line LINE FILE`
    Line,
    /// It is not.
    Not,
}

const EDITORS: [(Told, &[&str]); 4] = [
    (
        Told::Plus,
        &[
            "vi",
            "vim",
            "nvim",
            "view",
            "vim.basic",
            "vim.tiny",
            "gvim",
            "nano",
            "pico",
            "emacs",
            "emacsclient",
            "kak",
            "micro",
            "joe",
            "mg",
            "ne",
        ],
    ),
    (Told::Colons, &["hx", "helix", "zed", "subl", "lapce"]),
    (Told::Goto, &["code", "code-insiders", "codium", "cursor", "windsurf"]),
    (Told::Line, &["kate", "idea", "pycharm", "webstorm"]),
];

/// Returns what an editor, as it stands in `$EDITOR`, is given after its own words.
pub(super) fn arguments(editor: &str, file: &Path, line: usize, column: usize) -> Vec<String> {
    let program = editor.split_whitespace().next().unwrap_or_default();
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe");
    let told = EDITORS.iter().find(|(_, names)| names.contains(&name)).map_or(Told::Not, |(told, _)| *told);
    let file = file.to_string_lossy().into_owned();
    match told {
        Told::Plus => vec![format!("+{line}"), file],
        Told::Colons => vec![format!("{file}:{line}:{column}")],
        Told::Goto => vec!["--goto".to_owned(), format!("{file}:{line}:{column}")],
        Told::Line => vec!["--line".to_owned(), line.to_string(), file],
        Told::Not => vec![file],
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;
    use std::path::Path;

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way() {
        for (editor, expected) in [
            ("vim", &["+7", "/v/a b.md"][..]),
            ("/usr/bin/nvim -p", &["+7", "/v/a b.md"]),
            ("code --wait", &["--goto", "/v/a b.md:7:3"]),
            ("hx", &["/v/a b.md:7:3"]),
            ("kate", &["--line", "7", "/v/a b.md"]),
            ("my-editor", &["/v/a b.md"]),
        ] {
            assert_eq!(arguments(editor, Path::new("/v/a b.md"), 7, 3), expected, "{editor}");
        }
    }
}
