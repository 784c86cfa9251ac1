//! (to be written)

use super::args::SearchArgs;
use super::{Exit, Surface};

pub(super) fn run(_args: &SearchArgs, _surface: &Surface) -> anyhow::Result<Exit> {
    Ok(Exit::Success)
}
