//! (to be written)

use super::args::InspectArgs;
use super::{Exit, Surface};

pub(super) fn run(_args: &InspectArgs, _surface: &Surface) -> anyhow::Result<Exit> {
    Ok(Exit::Success)
}
