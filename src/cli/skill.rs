//! `skill`: a page that teaches an agent the command line. Its commands are run by a test.

use super::{Exit, Surface};
use anyhow::Result;

const PAGE: &str = include_str!("../../docs/skill.md");

pub(super) fn run(surface: &Surface) -> Result<Exit> {
    surface.text(PAGE).map(|()| Exit::Success)
}
