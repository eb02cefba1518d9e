//! The binary `vigie`: hands the process over to [`vigie_server::cli`], and nothing else.

use std::process::ExitCode;

/// Events are many small pieces that are made on one thread and freed on another, at which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vigie_server::cli::main()
}
