//! Writes the vault that the benchmarks measure on: `cargo run --example vault -- NOTES FOLDER`

#[path = "../benches/speed/vault.rs"]
#[allow(dead_code, unreachable_pub, reason = "the benchmark uses more of it")]
mod vault;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [n_notes, folder] = arguments.as_slice() else {
        return Err(std::io::Error::other("usage: vault NOTES FOLDER"));
    };
    let n_notes = n_notes.parse().map_err(|_| std::io::Error::other("the first argument is a number of notes"))?;
    vault::make(std::path::Path::new(folder), n_notes)
}
