//! Every migrator on PostgreSQL: all of them in one database, up, again, and down.
//!
//! Starts a server of its own in a folder of its own, on a socket file and no port.

#![allow(
    clippy::needless_borrows_for_generic_args,
    reason = "arguments of a command read as paths"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says where"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use vigie_migrations::{Alerts, Audit, Days, MigratorTrait, Tables};

/// A PostgreSQL server that ends with the test.
struct Postgres {
    folder: PathBuf,
    server: Child,
}

impl Postgres {
    fn start() -> Self {
        let programs = programs();
        let made = run(as_postgres("mktemp").args(["-d", "-t", "vigie-pg.XXXXXX"]));
        let folder = PathBuf::from(made.trim());
        let files = folder.join("data");
        run(as_postgres(&programs.join("initdb"))
            .args(["--auth=trust", "--username=vigie", "--no-sync", "-D"])
            .arg(&files));
        let server = as_postgres(&programs.join("postgres"))
            .arg("-D")
            .arg(&files)
            .arg("-k")
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        Self { folder, server }
    }

    async fn connect(&self) -> DatabaseConnection {
        let url = format!(
            "postgres://vigie@localhost/postgres?host={}",
            self.folder.display()
        );
        let began = Instant::now();
        loop {
            match Database::connect(&url).await {
                Ok(db) => return db,
                Err(error) if began.elapsed() > Duration::from_secs(30) => {
                    panic!("PostgreSQL does not answer: {error}")
                }
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A fast shutdown, by the server's own word: the process that we started may be the one that became `postgres`.
        let stop = as_postgres(&programs().join("pg_ctl"))
            .args(["stop", "-m", "fast", "-D"])
            .arg(self.folder.join("data"))
            .stdout(Stdio::null())
            .status();
        if !stop.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed (Debian: postgresql)")
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL's programs are there")
}

/// As the user `postgres` when we are root, which PostgreSQL refuses to be.
fn as_postgres(program: impl AsRef<Path>) -> Command {
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program.as_ref());
        command.current_dir("/");
        command
    } else {
        Command::new(program.as_ref())
    }
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("the command starts");
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}

async fn columns(db: &DatabaseConnection) -> Vec<(String, String)> {
    let rows = db
        .query_all_raw(Statement::from_string(
            DbBackend::Postgres,
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY 1, 2",
        ))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.try_get_by_index::<String>(0).unwrap(),
                row.try_get_by_index::<String>(1).unwrap(),
            )
        })
        .filter(|(table, _)| !table.contains("migrations"))
        .collect()
}

#[tokio::test]
async fn the_same_tables_on_postgresql() {
    let postgres = Postgres::start();
    let db = postgres.connect().await;
    for _ in 0..2 {
        Tables::up(&db, None).await.unwrap();
        Days::up(&db, None).await.unwrap();
        Alerts::up(&db, None).await.unwrap();
        Audit::up(&db, None).await.unwrap();
    }
    let made = columns(&db).await;
    for (table, column) in [
        ("establishments", "id"),
        ("workstations", "revoked_ms"),
        ("runs", "body"),
        ("heads", "closed_ms"),
        ("alerts", "evidence"),
        ("projected", "rev"),
        ("audit", "subject"),
        ("counts", "times"),
    ] {
        let there = made.iter().any(|(t, c)| t == table && c == column);
        assert!(there, "{table}.{column} is missing from {made:?}");
    }
    Audit::down(&db, None).await.unwrap();
    Alerts::down(&db, None).await.unwrap();
    Days::down(&db, None).await.unwrap();
    Tables::down(&db, None).await.unwrap();
    assert_eq!(columns(&db).await, []);
    db.close().await.unwrap();
}
