//! The binary: hands over to `cli` and turns its answer into an exit code.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    vault_sync::cli::main()
}
