//! Screens as texts, and what keys make of a model.

use super::draw::draw;
use super::keys::{Key, Wish};
use super::model::Model;
use super::worker::{Answered, Source, Worker};
use crate::refusal::{Exit, Refusal};
use crate::search::{Answer, Hit, Passage, Whole};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;
use std::time::Duration;

const NOTE: &str = "---\ntags: [kitchen]\n---\n# Bread\n\nMix the flour.\nLet it rest.\n\n## Baking\n\nFlour the table, then bake.\n";

fn hit(path: &str, text: &str, words: &[&str]) -> Hit {
    let mut places: Vec<_> = words.iter().flat_map(|word| text.match_indices(word).map(|(at, word)| at..at + word.len())).collect();
    places.sort_by_key(|place| place.start);
    let title = path.rsplit('/').next().unwrap().trim_end_matches(".md").to_owned();
    let passages = places.iter().rev().take(1).map(|place| {
        let line = text[..place.start].matches('\n').count() + 1;
        let shown = text.lines().nth(line - 1).unwrap().to_owned();
        let before = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
        let start = text[before..place.start].chars().count();
        let highlights = vec![[start, start + text[place.clone()].chars().count()]];
        Passage { line, column: start + 1, text: shown, highlights, ..Passage::default() }
    });
    Hit {
        path: path.to_owned(),
        id: path.to_owned(),
        title,
        vault: "v".to_owned(),
        passages: passages.collect(),
        tags: vec!["#kitchen".to_owned()],
        whole: Some(Whole { text: text.to_owned(), body_start: if text.starts_with("---") { 23 } else { 0 }, places }),
        ..Hit::default()
    }
}

fn answer() -> Answer {
    let related = Hit { relaxed: true, ..hit("Dough.md", "What rises.", &[]) };
    let results =
        vec![hit("Kitchen/Bread.md", NOTE, &["flour", "Flour"]), hit("Kitchen/Flour types.md", "Some flour.\n", &["flour"]), related];
    let mut answer = Answer { total: 2, results, keywords: vec!["flour".to_owned()], ..Answer::default() };
    answer.freshness.watcher = "live";
    answer
}

/// A model that was asked `question`, and answered.
fn asked(question: &str, answer: Answer) -> Model {
    let mut model = Model::new(question.to_owned(), false, true);
    let question = model.question();
    model.take(Answered { question, answer: Ok(answer), took: Duration::ZERO });
    model
}

fn drawn(model: &mut Model, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    terminal
}

/// Returns the screen as lines, without the blanks at their ends.
fn screen(model: &mut Model, width: u16, height: u16) -> Vec<String> {
    let terminal = drawn(model, width, height);
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| row(y).trim_end().to_owned()).collect()
}

#[test]
fn a_wide_screen_has_the_note_beside_its_hits() {
    let mut model = asked("flour", answer());
    let expected = [
        "› flour                                                                                 2 hits, 1 related",
        "▌ Bread  Kitchen                          │ Kitchen/Bread.md  #kitchen",
        "  Flour types  Kitchen                    │",
        "  Dough  related                          │ Flour the table, then bake.",
        "                                          │",
        "                                          │",
        "Enter edit  ^O Obsidian  ^Y path  ^T link  ^B backlinks  Tab next place  F1 keys  Esc leave",
    ];
    assert_eq!(screen(&mut model, 106, 7), expected);
}

#[test]
fn a_narrow_screen_has_it_below_and_a_low_one_has_the_passage() {
    let mut model = asked("flour", answer());
    let expected = [
        "› flour       2 hits, 1 related",
        "▌ Bread  Kitchen",
        "  Flour types  Kitchen",
        "  Dough  related",
        "",
        "",
        "────────────────────────────────",
        "Kitchen/Bread.md  #kitchen",
        "## Baking",
        "",
        "Flour the table, then bake.",
        "",
        "",
        "",
        "",
        "Enter edit  ^O Obsidian  ^Y path",
    ];
    let shown = screen(&mut model, 32, 16);
    assert_eq!(shown[1..], expected[1..], "{shown:#?}");
    assert_eq!(screen(&mut model, 60, 4)[1..3], ["▌ Bread  Kitchen  Flour the table, then bake.", "  Flour types  Kitchen  Some flour."]);
}

#[test]
fn no_size_is_too_small() {
    for width in 0..110 {
        for height in 0..24 {
            let mut model = asked("flour", answer());
            drop(drawn(&mut model, width, height));
            model.press(Key::PageDown);
            model.press(Key::Function(1));
            drop(drawn(&mut model, width, height));
        }
    }
}

/// Every character takes the columns that a terminal gives it, so that what stands after it is where it should be.
#[test]
fn wide_and_right_to_left_texts_keep_their_places() {
    let results = vec![hit("日本/検索語.md", "検索語とは\n", &["検索"]), hit("עברית/שלום.md", "שלום עולם\n", &["עולם"])];
    let mut model = asked("検索", Answer { total: 2, results, keywords: vec!["検索".to_owned()], ..Answer::default() });
    let shown = screen(&mut model, 100, 6);
    assert_eq!(shown[1].chars().filter(|c| !c.is_whitespace()).collect::<String>(), "▌検索語日本│日本/検索語.md#kitchen", "{shown:#?}");
    assert!(shown[2].starts_with("  שלום  עברית"), "{shown:#?}");
    let terminal = drawn(&mut model, 100, 6);
    let buffer = terminal.backend().buffer();
    // Two columns for each of the three characters, behind the mark.
    assert_eq!([2, 4, 6].map(|x| buffer[(x, 1)].symbol()), ["検", "索", "語"]);
    assert_eq!(buffer[(40, 1)].symbol(), "│");
    model.press(Key::Down);
    assert!(screen(&mut model, 100, 6)[2].ends_with("│ שלום עולם"));
}

#[test]
fn what_answers_is_lit_up_and_without_colours_too() {
    for has_colour in [true, false] {
        let mut model = asked("flour", answer());
        model.has_colour = has_colour;
        let terminal = drawn(&mut model, 106, 7);
        let buffer = terminal.backend().buffer();
        assert!(buffer[(44, 3)].modifier.contains(Modifier::REVERSED), "the place that is looked at");
        assert!(buffer[(2, 2)].modifier.contains(Modifier::BOLD), "the word in a title");
        let is_coloured = buffer.content().iter().any(|cell| cell.fg != ratatui::style::Color::Reset);
        assert_eq!(is_coloured, has_colour);
    }
}

#[test]
fn nothing_in_a_note_speaks_to_the_terminal() {
    let evil = "\u{1b}]0;own\u{7}\u{202e}\u{9b}31m\tflour";
    let mut model = asked(evil, Answer { results: vec![hit(&format!("{evil}/{evil}.md"), evil, &["flour"])], ..answer() });
    model.say(Ok(evil.to_owned()));
    for (width, height) in [(120, 10), (40, 20), (60, 4)] {
        let text = screen(&mut model, width, height).concat();
        assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
    }
}

#[test]
fn keys_move_through_hits_and_their_places() {
    let mut model = asked("flour", answer());
    screen(&mut model, 106, 7);
    let place = |model: &Model| model.place().map(|place| (place.hit.title.clone(), place.line, place.column)).unwrap();
    // The best passage first, wherever it stands.
    assert_eq!(place(&model), ("Bread".to_owned(), 11, 1));
    for (key, title, line, column) in [
        (Key::Tab, "Bread", 6, 9),
        (Key::BackTab, "Bread", 11, 1),
        (Key::Down, "Flour types", 1, 6),
        (Key::Control('n'), "Dough", 1, 1),
        (Key::Down, "Dough", 1, 1),
        (Key::Up, "Flour types", 1, 6),
        (Key::PageUp, "Bread", 11, 1),
        (Key::PageDown, "Dough", 1, 1),
    ] {
        assert_eq!(model.press(key), Wish::Nothing);
        assert_eq!(place(&model), (title.to_owned(), line, column), "{key:?}");
    }
    for (key, wish) in [
        (Key::Enter, Wish::Edit),
        (Key::Control('o'), Wish::Open),
        (Key::Control('y'), Wish::CopyPath),
        (Key::Char('s'), Wish::Ask),
        (Key::Backspace, Wish::Ask),
        (Key::Left, Wish::Nothing),
        (Key::Control('u'), Wish::Ask),
        (Key::Control('u'), Wish::Nothing),
        (Key::Function(9), Wish::Nothing),
        (Key::Escape, Wish::Leave),
    ] {
        assert_eq!(model.press(key), wish, "{key:?}");
    }
    let mut model = Model::new(String::new(), true, true);
    assert_eq!(model.press(Key::Enter), Wish::Choose);
    assert_eq!(model.paste("two\tlines\nas one\n"), Wish::Ask);
    assert_eq!(model.question().text, "two lines as one");
    // In the midst of what is there, the cursor behind it.
    model.press(Key::Home);
    [Key::Right; 3].into_iter().for_each(|key| _ = model.press(key));
    assert_eq!((model.paste("é語 "), model.press(Key::Char('!'))), (Wish::Ask, Wish::Ask));
    assert_eq!(model.question().text, "twoé語 ! lines as one");
    assert_eq!(model.paste("\n"), Wish::Nothing);
}

/// Sign by sign it would take an hour, and the screen would stand still.
#[test]
fn a_whole_book_may_be_pasted() {
    let (send, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut model = Model::new(String::new(), false, true);
        let wish = model.paste(&"é".repeat(2_000_000));
        let _ = send.send((wish, model.question().text.chars().count()));
    });
    assert_eq!(done.recv_timeout(Duration::from_secs(60)).expect("it is taken in"), (Wish::Ask, 2_000_000));
}

/// A note of some megabytes in which each line answers: what is done for each place must not grow with the note.
#[test]
fn a_long_note_that_answers_everywhere_does_not_hold_the_keys_up() {
    let text = "Mix the flour.\n".repeat(200_000);
    let places = text.match_indices("flour").map(|(at, word)| at..at + word.len()).collect();
    let best = Passage { line: 199_999, ..Passage::default() };
    let long = Hit { passages: vec![best], whole: Some(Whole { text, body_start: 0, places }), ..hit("Long.md", "", &[]) };
    let (send, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let model = asked("flour", Answer { total: 1, results: vec![long], ..Answer::default() });
        let _ = send.send(model.place().map(|place| (place.line, place.column)));
    });
    // Place by place it would take hours.
    assert_eq!(done.recv_timeout(Duration::from_secs(60)).expect("it is shown"), Some((199_999, 9)));
}

/// It has given the terminal back: whoever waits for an answer is not to wait on, before a screen that is none.
#[test]
fn a_thread_that_panics_is_heard_of() {
    struct Broken;
    impl Source for Broken {
        fn ask(&mut self, text: &str, _: usize) -> anyhow::Result<Answer> {
            assert!(text != "break", "a test of what happens then");
            Ok(Answer::default())
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let next = |worker: &mut Worker| {
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), worker.next()).await }).expect("something is heard")
    };
    let mut worker = Worker::start(|| Broken);
    let mut model = Model::new("whole".to_owned(), false, true);
    worker.ask(model.question());
    assert!(next(&mut worker).is_ok());
    worker.after(|| panic!("a test of what happens then"));
    assert!(next(&mut worker).is_err(), "beside");
    worker.ask(Model::new("break".to_owned(), false, true).question());
    assert!(next(&mut worker).is_err(), "at an answer");
}

#[test]
fn a_note_is_scrolled_no_further_than_it_goes() {
    let mut model = asked("flour", answer());
    let mut shown = |key, times| {
        (0..times).for_each(|_| _ = model.press(key));
        screen(&mut model, 106, 7)[2..].concat()
    };
    assert!(shown(Key::ShiftUp, 9).contains("│ ---"), "its beginning");
    assert!(!shown(Key::ShiftDown, 2).contains("│ ---"), "two on from there");
    let bottom = shown(Key::ShiftDown, 9);
    assert_ne!(shown(Key::ShiftUp, 1), bottom, "one back from its end");
}

#[test]
fn a_late_answer_is_dropped_and_a_fault_leaves_the_hits() {
    let mut model = asked("flour", answer());
    assert!(!model.is_behind());
    let late = model.question();
    assert!(!model.is_behind(), "asked anew, and its hits are there");
    model.press(Key::Char('"'));
    let last = model.question();
    model.take(Answered { question: late, answer: Ok(Answer::default()), took: Duration::ZERO });
    assert_eq!((model.answer.results.len(), model.is_behind()), (3, true));
    model.take(Answered { question: last, answer: Err(anyhow::anyhow!("no such\noperator")), took: Duration::ZERO });
    let shown = screen(&mut model, 106, 7);
    assert_eq!((shown[1].contains("Bread"), shown[6].as_str()), (true, "no such operator"));
    // What to do is said, too.
    let refusal = Refusal { exit: Exit::Findings, message: "no index".to_owned(), hint: Some("make\none".to_owned()) };
    let question = model.question();
    model.take(Answered { question, answer: Err(refusal.into()), took: Duration::ZERO });
    assert_eq!(screen(&mut model, 106, 7)[6], "no index; make one");
}

/// As when it was edited, and the newest stand first.
#[test]
fn a_note_that_is_selected_stays_so_when_others_take_its_place() {
    let mut model = asked("", answer());
    model.press(Key::Down);
    let title = |model: &Model| model.hit().map(|hit| hit.title.clone()).unwrap();
    assert_eq!(title(&model), "Flour types");
    let mut turned = answer();
    turned.results.swap(0, 1);
    let question = model.question();
    model.take(Answered { question, answer: Ok(turned), took: Duration::ZERO });
    assert_eq!((title(&model), model.selected), ("Flour types".to_owned(), 0));
    let gone = Answer { results: vec![hit("Dough.md", "What rises.", &[])], ..answer() };
    let question = model.question();
    model.take(Answered { question, answer: Ok(gone), took: Duration::ZERO });
    assert_eq!(title(&model), "Dough");
}

#[test]
fn whoever_comes_to_the_end_of_the_hits_gets_more() {
    let results: Vec<Hit> = (0..50).map(|n| hit(&format!("{n}.md"), "flour", &["flour"])).collect();
    let mut model = asked("flour", Answer { results, total: 120, truncated: true, ..Answer::default() });
    screen(&mut model, 80, 60);
    let wishes = [(); 3].map(|()| model.press(Key::PageDown));
    assert_eq!(wishes, [Wish::Nothing, Wish::Nothing, Wish::Ask]);
    assert_eq!((model.question().most, model.selected), (100, 49));
}

#[test]
fn backlinks_are_a_question_to_come_back_from() {
    let mut model = asked("flour", answer());
    model.press(Key::Down);
    assert_eq!(model.press(Key::Control('b')), Wish::Backlinks);
    assert_eq!(model.show_backlinks().unwrap().text, "link:\"Kitchen/Flour types.md\"");
    let question = model.question();
    model.take(Answered { question, answer: Ok(Answer::default()), took: Duration::ZERO });
    assert_eq!(model.press(Key::Escape), Wish::Ask);
    let question = model.question();
    assert_eq!(question.text, "flour");
    model.take(Answered { question, answer: Ok(answer()), took: Duration::ZERO });
    assert_eq!(model.hit().unwrap().title, "Flour types");
    assert_eq!(model.press(Key::Escape), Wish::Leave);
}

#[test]
fn a_question_is_logged_once_and_nothing_is_when_nothing_was_asked() {
    assert!(asked("", answer()).unlogged().is_none());
    let mut model = asked("flour", answer());
    assert_eq!(model.unlogged().map(|(question, answer, _)| (question.to_owned(), answer.total)), Some(("flour".to_owned(), 2)));
    // Asked again, because something has changed.
    let again = model.question();
    model.take(Answered { question: again, answer: Ok(answer()), took: Duration::ZERO });
    assert!(model.unlogged().is_none());
    model.press(Key::Char('s'));
    assert!(model.unlogged().is_none(), "not answered yet");
    let next = model.question();
    model.take(Answered { question: next, answer: Ok(answer()), took: Duration::ZERO });
    assert!(model.unlogged().is_some());
}
