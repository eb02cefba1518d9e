//! The binary `vigie-agent`: hands the process over to [`vigie_agent::cli`], and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    vigie_agent::cli::main()
}
