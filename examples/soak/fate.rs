//! What befalls them: kills, frozen processes, a database that others hold or that goes away, a drive that is unplugged.

use crate::random::Random;
use crate::stage::Stage;
use crate::watcher::Watcher;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::sync::Mutex;
use std::time::Duration;

const SYNC: [&str; 3] = ["--json", "sync", "--allow-mass-delete"];
const RESYNC: [&str; 3] = ["--json", "resync", "--allow-mass-delete"];

/// Lets one thing befall them. `is_rough`: the watcher is killed too.
pub fn strike(stage: &Stage, watcher: &Mutex<Watcher>, random: &mut Random, is_rough: bool) {
    let time = |random: &mut Random, most: usize| Duration::from_millis(random.below(most) as u64);
    let lock = || watcher.lock().expect("nobody panics while watching");
    let what = match random.below(22) {
        0..5 if is_rough => {
            lock().kill();
            std::thread::sleep(time(random, 1500));
            lock().start(stage);
            "watch, killed"
        }
        5..7 => {
            lock().freeze(time(random, 2000));
            "watch, frozen"
        }
        7..10 => {
            stage.run(&SYNC, &[0]);
            "sync"
        }
        10..13 => {
            stage.run_for(&SYNC, &[0], time(random, 500));
            "sync, killed"
        }
        13..16 => {
            stage.run_for(&RESYNC, &[0], time(random, 1500));
            "resync, killed"
        }
        16 => {
            stage.run(&RESYNC, &[0]);
            "resync"
        }
        17..19 => {
            hold_database(stage, time(random, 3000));
            "database held by another"
        }
        19 if stage.url.is_some() => {
            stage.outage(|| cut_connections(stage));
            "connections cut"
        }
        20 => {
            unplug(stage, time(random, 2000));
            "vault away"
        }
        _ => return std::thread::sleep(time(random, 1000)),
    };
    stage.count("fate", what);
    lock().look_after(stage);
    std::thread::sleep(time(random, 1000));
}

/// Moves the vault away and back, while the person waits.
fn unplug(stage: &Stage, time: Duration) {
    let _desk = stage.desk.lock().expect("nobody panics at the desk");
    let away = stage.home.join("away");
    stage.outage(|| {
        std::fs::rename(&stage.vault, &away).expect("the vault can be moved");
        std::thread::sleep(time);
        std::fs::rename(&away, &stage.vault).expect("the vault can be moved back");
    });
}

fn block_on<T>(future: impl Future<Output = sqlx::Result<T>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(future).expect("another program reaches the database")
}

/// Keeps everybody from writing for a while, as a program with a long transaction does. All wait for it.
fn hold_database(stage: &Stage, time: Duration) {
    block_on(async {
        if let Some(url) = &stage.url {
            let mut connection = PgConnection::connect(url).await?;
            connection.execute("begin").await?;
            connection.execute("lock table claude.documents in exclusive mode").await?;
            std::thread::sleep(time);
            connection.execute("rollback").await?;
            return connection.close().await;
        }
        let options = SqliteConnectOptions::new().filename(stage.data.join("claude.db")).busy_timeout(Duration::from_secs(60));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        connection.execute("begin immediate").await?;
        std::thread::sleep(time);
        connection.execute("rollback").await?;
        connection.close().await
    });
}

/// Ends every connection of the program, as a server's restart does.
fn cut_connections(stage: &Stage) {
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'vault-sync' and datname = current_database()";
    block_on(async {
        let mut connection = PgConnection::connect(stage.url.as_deref().unwrap_or_default()).await?;
        connection.execute(cut).await?;
        connection.close().await
    });
    std::thread::sleep(Duration::from_millis(100));
}
