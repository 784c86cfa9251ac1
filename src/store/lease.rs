//! Which machine writes a vault: one at a time, by a lease in the vault's row.
//!
//! Each transaction of a run renews it, and so does the heartbeat of `watch`; who finds another machine's lease living changes nothing. Time
//! is the database's own, so that no machine's clock counts. An SQLite file lies in a data directory, and all who write it are one machine.

use super::vaults::Vault;
use super::{Store, hint};
use crate::clock::Timestamp;
use crate::machine::Machine;
use anyhow::Result;
use std::fmt;

/// Who writes a vault, or did so last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub machine: Machine,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub is_live: bool,
}

/// Another machine writes the vault: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldElsewhere {
    pub vault: String,
    /// The other machine's name.
    pub by: String,
}

impl fmt::Display for HeldElsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the vault '{}' is written by another machine, {}", self.vault, self.by)
    }
}

impl std::error::Error for HeldElsewhere {}

impl Vault {
    /// # Errors
    /// [`HeldElsewhere`] while another machine than `machine` holds the lease.
    pub fn refuse_if_held(&self, machine: &Machine) -> Result<()> {
        match &self.lease {
            Some(lease) if lease.is_live && lease.machine != *machine => {
                Err(HeldElsewhere { vault: self.name.clone(), by: lease.machine.name.clone() }.into())
            }
            _ => Ok(()),
        }
    }
}

/// Sets the lease, in an update of `claude.vaults` in which the machine's id and name are these arguments. `since` stays while the machine is
/// the same.
pub(super) fn renewal(id: &str, name: &str) -> String {
    format!(
        "writer_since = case when writer_id = {id}::uuid then writer_since else {{now}} end, \
         writer_id = {id}::uuid, writer_name = {name}, writer_until = {{lease}}"
    )
}

impl Store {
    /// Takes or renews the lease of a vault.
    ///
    /// # Errors
    /// [`HeldElsewhere`] while another machine holds it.
    pub async fn hold(&mut self, vault: &str, machine: &Machine) -> Result<()> {
        if self.engine.is_sqlite() {
            return Ok(());
        }
        let sql = format!(
            "update claude.vaults set {} where vault_name = $1 \
             and (writer_id is null or writer_id = $2::uuid and writer_name = $3 or writer_until <= {{now}})",
            renewal("$2", "$3")
        );
        let args = [vault.into(), machine.id.as_str().into(), machine.name.as_str().into()];
        if self.engine.execute(&sql, &args).await? == 0 {
            self.vault(vault).await?.refuse_if_held(machine)?;
            // It was new, or let go just now.
            self.engine.execute(&sql, &args).await?;
        }
        self.has_held = true;
        Ok(())
    }

    /// Returns whether this store has taken or renewed a lease.
    pub fn has_held(&self) -> bool {
        self.has_held
    }

    /// Lets go of what a machine holds, so that the next one need not wait.
    pub async fn let_go(&mut self, machine: &Machine) -> Result<()> {
        if self.engine.is_sqlite() {
            return Ok(());
        }
        let sql = "update claude.vaults set writer_until = {now} where writer_id = $1::uuid and writer_name = $2 and writer_until > {now}";
        let mut trip = self.engine.trip();
        hint::tell(&mut trip).await?;
        trip.write(sql, &[machine.id.as_str().into(), machine.name.as_str().into()]).await?;
        trip.end().await.map(drop)
    }
}
