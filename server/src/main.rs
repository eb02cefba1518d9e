//! The binary `vigie`: hands the process over to [`vigie_server::cli`], and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    vigie_server::cli::main()
}
