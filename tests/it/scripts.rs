//! Every script is searched alike: notes and questions as data.

use crate::support::{Sandbox, column};

const NOTES: &[(&str, &str)] = &[
    ("chinese.md", "# 会议记录\n今天讨论了全文检索的设计。\n"),
    ("japanese.md", "毎日のノートを検索する。カタカナとひらがな。\n"),
    ("korean.md", "한국어 노트 검색기\n"),
    ("thai.md", "การค้นหาข้อความในบันทึกประจำวัน น้ำใจ\n"),
    ("russian.md", "Ёлка и ежедневные заметки\n"),
    ("arabic.md", "هذا كِتَابٌ عن إدارة المعرفة\n"),
    ("hebrew.md", "שָׁלוֹם לכל הפתקים\n"),
    ("greek.md", "Ο Άνθρωπος και ο ΛΌΓΟΣ του\n"),
    ("hindi.md", "मेरी हिन्दी टिप्पणियाँ\n"),
    ("emoji.md", "Shipped 🎉🚀 with ❤️ and 👩‍💻\n"),
    ("mixed.md", "Das API検索モジュール v2 läuft auf Node。\n"),
    ("nfc.md", "un caf\u{e9} cr\u{e8}me\n"),
    ("nfd.md", "un cafe\u{301} noir\n"),
    ("plain.md", "one cafe more\n"),
    ("identifiers.md", "Run `/session-resume` in multi-agent mode of v1.2.3 with snake_case and camelCaseName.\n"),
    ("errors.md", "error[E0308]: mismatched types; 0x80070005 in C:\\tmp\\log.txt and /usr/local/bin/tool\n"),
    ("short.md", "A b cd; R, C and Go\n"),
];

fn vault() -> Sandbox {
    let sandbox = Sandbox::new();
    NOTES.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.write("Cafe\u{301} Noir Σ.md", "");
    sandbox.sync();
    sandbox
}

fn found(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let mut found = column(&sandbox.json(&[&["search"], args].concat()), "results", "/path");
    found.sort();
    found
}

#[test]
fn words_of_every_script_are_found_whole_and_in_parts() {
    let sandbox = vault();
    let check = |query: &str, expected: &[&str]| assert_eq!(found(&sandbox, &["--strict", "--", query]), expected, "{query}");
    check("全文检索", &["chinese.md"]);
    check("检索的", &["chinese.md"]);
    check("检索", &["chinese.md"]);
    check("检", &["chinese.md"]);
    check("\"全文检索\"", &["chinese.md"]);
    check("会议 设计", &["chinese.md"]);
    check("検索", &["japanese.md", "mixed.md"]);
    check("カタ", &["japanese.md"]);
    check("ひらがな", &["japanese.md"]);
    check("の", &["japanese.md"]);
    check("한국어", &["korean.md"]);
    check("검색", &["korean.md"]);
    check("어", &["korean.md"]);
    check("하", &[]);
    check("ข้อความ", &["thai.md"]);
    check("\"บันทึก\"", &["thai.md"]);
    check("น้ำ", &["thai.md"]);
    check("ЗАМЕТКИ", &["russian.md"]);
    check("днев", &["russian.md"]);
    check("и", &["russian.md"]);
    check("المعرفة", &["arabic.md"]);
    check("معرف", &["arabic.md"]);
    check("كِتَابٌ", &["arabic.md"]);
    check("הפתקים", &["hebrew.md"]);
    check("שָׁלוֹם", &["hebrew.md"]);
    check("άνθρωπος", &["greek.md"]);
    check("ΛΌΓΟς", &["greek.md"]);
    check("हिन्दी", &["hindi.md"]);
    check("हिन्", &["hindi.md"]);
    check("🎉", &["emoji.md"]);
    check("🎉🚀", &["emoji.md"]);
    check("❤️", &["emoji.md"]);
    check("👩‍💻", &["emoji.md"]);
    check("🚀 shipped", &["emoji.md"]);
    check("\"api検索\"", &["mixed.md"]);
    check("モジュール v2", &["mixed.md"]);
    check("läuft", &["mixed.md"]);
}

#[test]
fn words_of_one_and_two_letters_and_identifiers_are_found_whole_and_in_parts() {
    let sandbox = vault();
    let check = |query: &str, expected: &[&str]| assert_eq!(found(&sandbox, &["--strict", "--", query]), expected, "{query}");
    check("content:\"b\"", &["short.md"]);
    check("content:\"cd\"", &["short.md"]);
    check("content:\"go\"", &["short.md"]);
    check("match-case:\"R\"", &["short.md"]);
    check("v1.2.3", &["identifiers.md"]);
    check("1.2", &["identifiers.md"]);
    check("multi-agent", &["identifiers.md"]);
    check("agent", &["identifiers.md"]);
    check("snake_case", &["identifiers.md"]);
    check("snake", &["identifiers.md"]);
    check("camelCaseName", &["identifiers.md"]);
    check("CaseName", &["identifiers.md"]);
    check("\"/session-resume\"", &["identifiers.md"]);
    check("session-res", &["identifiers.md"]);
    check("E0308", &["errors.md"]);
    check("0308", &["errors.md"]);
    check("0x80070005", &["errors.md"]);
    check("80070005", &["errors.md"]);
    check("error[E0308]", &["errors.md"]);
    check("\"C:\\\\tmp\\\\log.txt\"", &["errors.md"]);
    check("usr/local/bin", &["errors.md"]);
    check("log.txt", &["errors.md"]);
}

#[test]
fn a_letter_and_its_accent_are_one_however_they_are_written() {
    let sandbox = vault();
    let check = |query: &str, expected: &[&str]| assert_eq!(found(&sandbox, &["--strict", "--", query]), expected, "{query}");
    let all = ["Café Noir Σ.md", "nfc.md", "nfd.md"];
    check("caf\u{e9}", &all);
    check("cafe\u{301}", &all);
    check("CAFE\u{301}", &all);
    check("\"CAF\u{c9}\"", &all);
    check("file:\"cafe\u{301} noir\"", &all[..1]);
    check("title:\"caf\u{e9} noir σ\"", &all[..1]);
    check("noir ς", &all[..1]);
    let hit = &sandbox.json(&["search", "--strict", "cafe\u{301} -noir"])["results"][0];
    assert_eq!(hit["passages"][0]["highlights"], serde_json::json!([[3, 7]]));
    let hit = &sandbox.json(&["search", "--strict", "caf\u{e9} un -crème"])["results"][0];
    assert_eq!(hit["passages"][0]["highlights"], serde_json::json!([[0, 2], [3, 8]]), "five characters as they are written");
}

#[test]
fn what_differs_in_accents_only_is_related() {
    let sandbox = vault();
    let check = |query: &str, expected: &[(&str, bool)]| {
        let answer = sandbox.json(&["search", "--", query]);
        let hits = answer["results"].as_array().unwrap().iter();
        let found: Vec<_> = hits.map(|hit| (hit["path"].as_str().unwrap(), hit["relaxed"].as_bool().unwrap())).collect();
        assert_eq!(found, expected, "{query}");
    };
    check("cafe", &[("plain.md", false), ("Café Noir Σ.md", true), ("nfc.md", true), ("nfd.md", true)]);
    check("café", &[("Café Noir Σ.md", false), ("nfc.md", false), ("nfd.md", false), ("plain.md", true)]);
    check("cafe noir", &[("Café Noir Σ.md", true), ("nfd.md", true), ("plain.md", true), ("nfc.md", true)]);
    check("елка", &[("russian.md", true)]);
    check("ανθρωπος", &[("greek.md", true)]);
    check("λογος", &[("greek.md", true)]);
    check("כתב שלום", &[("hebrew.md", true)]);
    check("كتاب", &[("arabic.md", true)]);
    check("ادارة", &[("arabic.md", true)]);
}
