//! Every scenario file, in every world.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};

use vigie_tests::scenario::{run, world::World};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "scn"))
        .collect();
    files.sort();
    assert!(files.len() >= 15, "scenarios are missing");
    files
}

fn all(world: impl Fn() -> World) {
    let mut wrong = Vec::new();
    for file in files() {
        if let Err(error) = run(&file, world()) {
            wrong.push(format!("{error:#}"));
        }
    }
    assert!(wrong.is_empty(), "\n\n{}", wrong.join("\n\n"));
}

#[test]
fn world_1_the_room_alone() {
    all(World::alone);
}

#[test]
fn world_2_one_server_on_sqlite() {
    all(|| World::served().unwrap());
}
