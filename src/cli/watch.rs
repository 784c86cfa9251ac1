//! `watch`: sync, then follow.

use super::args::WatchArgs;
use super::{Exit, Surface};
use anyhow::Result;

pub(super) fn run(_args: &WatchArgs, _surface: &Surface) -> Result<Exit> {
    anyhow::bail!("not written yet")
}
