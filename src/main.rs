//! The binary: hands over to `cli` and turns its answer into an exit code.

fn main() -> std::process::ExitCode {
    vault_sync::cli::main()
}
