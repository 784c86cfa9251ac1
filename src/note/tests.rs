//! What a whole note parses to, subject by subject. That no input is too much is for `laws`.

use super::{Note, Parent, Source, Wrapping, parse, parse_text};

fn note(text: &str) -> Note<'_> {
    parse_text(text)
}

fn check_links(text: &str, links: &[&str], embeds: &[&str]) {
    let note = note(text);
    let targets = |list: &[super::Link<'_>]| list.iter().map(|link| link.link.clone().into_owned()).collect::<Vec<_>>();
    assert_eq!((targets(&note.links), targets(&note.embeds)), (owned(links), owned(embeds)), "{text:?}");
    for link in note.links.iter().chain(&note.embeds) {
        assert_eq!(link.original, &note.text[link.range.clone()], "{text:?}");
    }
}

fn check_tags(text: &str, tags: &[&str]) {
    assert_eq!(note(text).tags.iter().map(|tag| tag.tag.to_owned()).collect::<Vec<_>>(), owned(tags), "{text:?}");
}

/// Sections as `kind text`, and as `kind text ^id` with an id.
fn check_sections(text: &str, sections: &[&str]) {
    let note = note(text);
    let show = |section: &super::Section<'_>| {
        let id = section.id.as_ref().map(|id| format!(" ^{id}")).unwrap_or_default();
        format!("{} {}{id}", section.kind, &note.text[section.range.clone()])
    };
    assert_eq!(note.sections.iter().map(show).collect::<Vec<_>>(), owned(sections), "{text:?}");
}

/// List items as `parent|text`, and as `parent|text ^id` with an id. The parent is a line, or minus the line of a list, and then at least one.
fn check_items(text: &str, items: &[&str]) {
    let note = note(text);
    let line = |at: usize| text[..at].matches('\n').count() as i64;
    let show = |item: &super::ListItem| {
        let parent = match item.parent {
            Parent::Item(at) => line(at),
            Parent::List(at) => -line(at).max(1),
        };
        let id = item.id.as_ref().map(|id| format!(" ^{id}")).unwrap_or_default();
        format!("{parent}|{}{id}", &note.text[item.range.clone()])
    };
    assert_eq!(note.list_items.iter().map(show).collect::<Vec<_>>(), owned(items), "{text:?}");
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_picture_may_reach_over_the_end_of_its_line() {
    check_links("![)\n]() [[a]]", &["a"], &[]);
    check_links("![b\nc](d.png) [[a]]\n[[e]]", &["a", "e"], &["d.png"]);
}

#[test]
fn what_begins_first_wins() {
    check_links("`[[a` [[b]]", &["b"], &[]);
    check_links("[[a `b]] c`", &["a `b"], &[]);
    check_links("[[a|![x](y.png)]] [[*b]] c*", &["a", "*b"], &[]);
    check_links("<https://x.org/[[a]]> https://x.org/[[b]] [[c]]", &["c"], &[]);
    check_links("(https://x.org/)[[a]]", &["a"], &[]);
    check_links("[x [[a]]](b.md) [y [[c]]](https://x.org)", &["b.md", "a", "c"], &[]);
    check_links("\\[[a]] \\![[b]] !\\[[c]]", &["b"], &[]);
}

#[test]
fn a_wiki_link_is_the_shortest_on_its_line() {
    check_links("[[a [[b]] c]] [[d]e]] [[f\ng]] [[]] [[h]]]", &["b", "d]e", "h"], &[]);
    check_links("> [[a]] x\n> ![[b|1\\|2]]\n", &["a"], &["b"]);
    check_links("| [[a\\|b]] | c |\n|---|---|\n| [[c|d]] |\n| ![[e]] | `[[f]]` |\n", &["a"], &["e"]);
}

#[test]
fn links_count_in_comments_and_not_in_code_math_and_html() {
    check_links("%%[[a]]%%\n\n%%\n[[b]]\n%%\n", &["a", "b"], &[]);
    check_links("```\n[[a]]\n```\n    [[b]]\n\n$[[c]]$\n\n$$\n[[d]]\n$$\n<div>\n[[e]]\n</div>\n\n<!-- [[f]] --> <b>[[g]]</b>\n", &[], &[]);
    check_links("x <!-- [[f]] --> <b>[[g]]</b>\n", &["g"], &[]);
}

#[test]
fn markdown_links_lead_into_the_vault_or_do_not_count() {
    check_links("[a](b%20c.md#H) [d](<e f> \"t\") [g](h i) [j]() [k](mailto:x) [l](#m)", &["b c.md#H", "e f", "#m"], &[]);
    check_links("![a ![b](c.png)](d.png) ![x [[e]]](f.png) [![g](h.png)](i.md)", &["i.md"], &["d.png", "f.png", "h.png"]);
    check_links("[r][ref] [ref]\n\n[ref]: x.md\n", &[], &[]);
    assert_eq!(note("[a *b* `c` ![d](e.png)](f.md)").links[0].display, "a b c d");
}

#[test]
fn a_tag_stands_after_space_or_something_inline() {
    check_tags("#a (#b) \"#c x#d，#e　#f\n#g", &["#a", "#f", "#g"]);
    check_tags(
        "**#a** *b*#c `d`#e [#f](x.md)#g [[h]]#i ==#j== %%#k%% <b>#l</b> ^[#m] [#n]",
        &["#a", "#c", "#e", "#f", "#g", "#i", "#j", "#k", "#l", "#m", "#n"],
    );
    check_tags("*#a #b\\#c \\#d \\\\#e #f\\_g ##h a == #i", &["#b", "#e", "#f", "#i"]);
    check_tags("[x](y#z) [[a#b]] `#c` $#d$ https://x.org/#e &#f; [g](h.md \"#i\")", &[]);
    check_tags("# Head #a\n> #b\n- #c\n\n| #d |\n|---|\n\n[^1]: #e\n", &["#a", "#b", "#c", "#d", "#e"]);
}

#[test]
fn root_blocks_are_sections() {
    check_sections(
        "---\na: 1\n---\n# H\ntext\nmore\n\n- a\n- b\n\n---\n",
        &["yaml ---\na: 1\n---", "heading # H", "paragraph text\nmore", "list - a\n- b", "thematicBreak ---"],
    );
    check_sections(
        "> [!note]- T\n> x\n\n> q\n\n```\nc\n```\n<div>\n\n[^1]: f\n",
        &["callout > [!note]- T\n> x", "blockquote > q", "code ```\nc\n```", "html <div>", "footnoteDefinition [^1]: f"],
    );
    check_sections("text\n%%\n# c\n%%\n$$\nx\n$$\n", &["paragraph text", "comment %%\n# c\n%%", "math $$\nx\n$$"]);
    check_sections("| a |\n|---|\n| b |\nno bar\nmore\n", &["table | a |\n|---|\n| b |", "paragraph no bar\nmore"]);
    check_sections("- | a |\n  |---|\n  b\n\n| c |\n|---|\n", &["list - | a |\n  |---|\n  b", "table | c |\n|---|"]);
    check_sections("a\nb\n---\nc\nd\n===\ne\n", &["paragraph a\nb", "thematicBreak ---", "paragraph c\nd\n===\ne"]);
}

#[test]
fn an_empty_bullet_below_text_is_a_list_and_no_underline() {
    check_sections("Tasks:\n- \n- \n", &["paragraph Tasks:", "list - \n- "]);
    check_sections("a\nb\n-\n", &["paragraph a\nb", "list -"]);
    check_sections("Tasks:\n-\n", &["heading Tasks:\n-"]);
    assert!(note("Tasks:\n- \n").headings.is_empty());
    check_sections("a\n  ===\nb\n", &["paragraph a\n  ===\nb"]);
    check_sections("a\n--- \nb\n", &["paragraph a", "thematicBreak --- ", "paragraph b"]);
}

#[test]
fn code_and_headings_end_a_quote() {
    check_sections("> a\n\t[[b]]\n", &["blockquote > a", "code \t[[b]]"]);
    check_links("> a\n\t[[b]]\n", &[], &[]);
    check_sections("> a\nb\n---\n", &["blockquote > a", "heading b\n---"]);
    check_sections("> # a\nb\n> c\n", &["blockquote > # a\nb\n> c"]);
}

#[test]
fn what_nothing_closes_reaches_to_the_end() {
    for text in ["```\na\n\n", "~~~~\n~~~\n", "<!-- a\n\n"] {
        assert_eq!(note(text).sections[0].range, 0..text.len(), "{text:?}");
    }
    check_sections("```\na\n```\n\n", &["code ```\na\n```"]);
    check_sections("    ```\na\n", &["code     ```", "paragraph a"]);
}

#[test]
fn what_follows_a_list_or_a_quote_without_a_blank_line_belongs_to_it() {
    check_sections("- a\n<!-- b -->\n- c\n> d\n\ne\n", &["list - a\n<!-- b -->\n- c\n> d", "paragraph e"]);
    check_items("x\n- a\n<!-- b -->\n- c\n", &["-1|- a\n<!-- b -->", "-1|- c"]);
    check_items("x\n\n- a\n<div>\n[[b]]\n- c\n  - d\n", &["-2|- a\n<div>\n[[b]]", "-2|- c", "5|- d"]);
    check_items("- a\n> b ^c\n* d\n", &["-1|- a\n> b ^c ^c", "-2|* d"]);
    check_sections("> a\n>\nb\n\nc\n| d |\n|---|\n", &["blockquote > a\n>\nb", "paragraph c\n| d |\n|---|"]);
    check_sections("- a\n# b\n> c\n- d\n***\n", &["list - a", "heading # b", "blockquote > c", "list - d", "thematicBreak ***"]);
}

#[test]
fn an_id_names_its_own_block_or_the_one_before() {
    check_sections("a ^b\n\nc\nd ^e\n", &["paragraph a ^b ^b", "paragraph c\nd ^e ^e"]);
    check_sections(
        "> a\n> b ^c\n\n```\nx\n```\n^d\n\n| a |\n|---|\n^e\n",
        &["blockquote > a\n> b ^c ^c", "code ```\nx\n``` ^d", "table | a |\n|---| ^e"],
    );
    check_sections("^a\n\nb ^c d\n\n`x ^e`\n\n%%\nx\n%%\n\n^f\n", &["paragraph b ^c d", "paragraph `x ^e`", "comment %%\nx\n%% ^f"]);
    check_items("- a ^b\n  - c\n\n    d ^e\n- f\n\n^g\n", &["-1|- a ^b ^b", "0|- c\n\n    d ^e ^e", "-1|- f"]);
    let note = note("- a ^b\n- c\n\n^d\n");
    assert_eq!(note.blocks.iter().map(|block| &note.text[block.range.clone()]).collect::<Vec<_>>(), ["- a ^b", "- a ^b\n- c"]);
}

#[test]
fn headings_are_raw_text_at_the_root() {
    let note = note("# A [[b]] #c ^d\n> # no\n\n- # no\n\n%%\n# no\n%%\n## E ## \n\n*f*\n===\n#\n");
    let headings = note.headings.iter().map(|heading| (heading.level, heading.text)).collect::<Vec<_>>();
    assert_eq!(headings, [(1, "A [[b]] #c ^d"), (2, "E"), (1, "*f*"), (1, "")]);
}

#[test]
fn list_items_end_where_their_sublist_begins() {
    check_items("x\n- a\n  b\n    - c\n* d\n", &["-1|- a\n  b", "1|  - c", "-4|* d"]);
    check_items("> - a\n>     - b\n", &["-1|- a", "0|  - b"]);
    check_items("- a\n\t- b\n\t\t- c\n", &["-1|- a", "0|- b", "1|- c"]);
    check_items(
        "1. a\n    - b\n2. c\n   d\n    - e\n3) f\n    - g\n",
        &["-1|1. a", "0|- b", "-1|2. c\n   d", "2| - e", "-5|3) f", "5| - g"],
    );
    check_items("- [ ] 1. a\n", &["-1|- [ ] 1. a", "0|1. a"]);
    check_items("%%\n- a\n%%\n<!--\n- b\n-->\n", &[]);
    let tasks = note("- [ ] a\n- [/] b\n- [] c\n1. [x] d\n").list_items.into_iter().map(|item| item.task).collect::<Vec<_>>();
    assert_eq!(tasks, [Some(' '), Some('/'), None, Some('x')]);
}

#[test]
fn an_item_holds_the_line_end_before_a_blank_line_and_a_further_item() {
    check_items("- a\n\n- b\n\nc\n", &["-1|- a\n", "-1|- b"]);
    check_items("- a\n  - b\n\n  - c\n- d\n", &["-1|- a", "0|- b\n", "0|- c", "-1|- d"]);
    check_items("1. a\n\n   > b\n\n\n2. c\n", &["-1|1. a\n\n   > b\n", "-1|2. c"]);
}

#[test]
fn footnotes_and_references_are_listed() {
    let note = note("a[^1] b[^Two] ^[in [[L]]] [^3] ^[\n\n[^1]: x\n[^two]: y\n\n[r S]: <t u.md> \"v\"\n");
    assert_eq!(note.footnotes, ["1", "two", "[inline2"]);
    assert_eq!(note.footnote_refs, ["1", "two", "3"]);
    assert_eq!((note.reference_links[0].id.as_str(), note.reference_links[0].link.as_str()), ("r S", "t u.md"));
}

#[test]
fn properties_give_tags_aliases_and_links() {
    let note =
        note("---\nTags: [a, '#b', 'c d', 3, '']\naliases: x, y\nzz: '[[A#b|c]]'\nlist: ['[[B]]', 'no [[C]]']\ntags: z\n---\n#body\n");
    assert_eq!(note.all_tags().collect::<Vec<_>>(), ["#a", "#b", "#body"]);
    assert_eq!(note.aliases, Some(vec!["x, y".into()]));
    assert_eq!(
        note.property_links.iter().map(|link| (link.key.as_str(), link.link.as_str())).collect::<Vec<_>>(),
        [("zz", "A#b"), ("list.0", "B")]
    );
}

#[test]
fn frontmatter_takes_no_id() {
    check_sections("---\na: b\n---\n^id\n", &["yaml ---\na: b\n---"]);
}

#[test]
fn a_broken_note_is_still_read() {
    let source = Source::of(b"---\na: b: c\n---\n# T\xff\n[[x]] #y\n");
    let note = parse(&source);
    assert_eq!((note.properties.is_none(), note.problems.len(), note.links.len(), note.tags.len()), (true, 2, 1, 1));
    assert_eq!(note.frontmatter_error.map(|problem| problem.line), Some(2));
}

#[test]
fn the_title_is_a_property_or_the_first_heading_as_people_read_it() {
    for (text, title) in [
        ("---\ntitle: T\n---\n# H\n", Some("T")),
        ("---\ntitle: 159\n---\n", Some("159")),
        ("## a\n# **B** [[c|d]] `e`\n", Some("B d e")),
        ("# snake_case\n", Some("snake_case")),
        ("text\n", None),
    ] {
        assert_eq!(note(text).title.as_deref(), title, "{text:?}");
    }
}

#[test]
fn fields_are_found_where_text_stands() {
    let note = note("k:: v\n- [ ] a [p:: 1] 📅 2025-01-02\n\n```\nno:: field\n```\n");
    let fields = note.fields.iter().map(|field| (field.key, field.value, field.wrapping)).collect::<Vec<_>>();
    assert_eq!(fields, [("k", "v", Wrapping::Line), ("p", "1", Wrapping::Bracket), ("due", "2025-01-02", Wrapping::Emoji)]);
}
