//! (to be written)

use super::args::ResolveArgs;
use super::{Exit, Surface};

pub(super) fn run(_args: &ResolveArgs, _surface: &Surface) -> anyhow::Result<Exit> {
    Ok(Exit::Success)
}
