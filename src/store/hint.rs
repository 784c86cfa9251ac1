//! Word from those who write a shared database that something has changed. A hint and no more: who misses one looks a little later.

use super::Location;
use super::trip::{Read, Trip};
use anyhow::{Context as _, Result};
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const CHANNEL: &str = "vault_sync";

/// The pause before a connection that failed is made anew.
const RETRY: Duration = Duration::from_secs(5);

/// Hears of changes, on a connection of its own. An SQLite file has no way to tell.
#[derive(Default)]
pub struct Hints {
    told: Arc<Notify>,
    task: Option<JoinHandle<()>>,
}

impl Hints {
    /// Begins to listen. Where that fails, it is tried again: nobody waits for it.
    pub fn of(location: &Location) -> Self {
        let Location::Postgres(_) = location else { return Self::default() };
        let (location, told) = (location.clone(), Arc::new(Notify::new()));
        let teller = Arc::clone(&told);
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&location, &teller).await {
                    tracing::info!(%error, "no hints of changes: they are looked for");
                }
                tokio::time::sleep(RETRY).await;
            }
        });
        Self { told, task: Some(task) }
    }

    /// Waits for the next one.
    pub async fn next(&self) {
        self.told.notified().await;
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        // Its connection goes with it.
        self.task.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(location: &Location, told: &Notify) -> Result<()> {
    let Location::Postgres(address) = location else { return Ok(()) };
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None).connect_lazy_with(address.options()?);
    let mut listener = PgListener::connect_with(&pool).await.context("opening a connection to listen on")?;
    listener.listen(CHANNEL).await?;
    loop {
        // A connection that was lost may have brought something.
        listener.try_recv().await?;
        told.notify_one();
    }
}

/// Has whoever listens be told when the transaction is in. It is asked for as a row, because PostgreSQL runs no query that nobody reads.
pub(super) async fn tell(trip: &mut Trip<'_>) -> Result<()> {
    if trip.is_postgres() {
        let _: Read<(String,)> = trip.read("told::text", &format!("from (select pg_notify('{CHANNEL}', '') as told) as hint"), &[]).await?;
    }
    Ok(())
}
