//! `mcp install` and `skill`: how clients and agents are told of the program.

use crate::support::{Sandbox, stderr, stdout};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// Where `mcp install` works: a home of its own, with the configuration that `init` writes.
fn configured() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("Projects/Runbook.md", "---\ntags: [ops]\nstatus: done\n---\n# Runbook\n## Rollback\ndeploy rollback\n");
    run(&sandbox, &format!("init {}", sandbox.vault.display()));
    sandbox
}

fn run(sandbox: &Sandbox, line: &str) -> String {
    let output = sandbox.bare_command(&line.split(' ').collect::<Vec<_>>()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_client_is_told_of_the_server_and_forgets_it() {
    let sandbox = configured();
    let file = sandbox.home().join(".claude.json");
    let before = "{\n  \"numStartups\": 3,\n  \"mcpServers\": {},\n  \"big\": 12345678901234567890.0\n}\n";
    std::fs::write(&file, before).unwrap();
    let read = || std::fs::read_to_string(&file).unwrap();
    let shown = run(&sandbox, "mcp install claude-code --dry-run");
    assert!(shown.contains("+     \"vault-sync\": {\n"), "{shown}");
    assert_eq!(read(), before, "a dry run shows only");
    assert!(run(&sandbox, "mcp install claude-code").starts_with(&shown));
    let config: Value = serde_json::from_str(&read()).unwrap();
    let server = &config["mcpServers"]["vault-sync"];
    assert_eq!((&server["command"], &server["args"]), (&json!(env!("CARGO_BIN_EXE_vault-sync")), &json!(["mcp"])));
    assert!(read().contains("\"big\": 12345678901234567890.0\n"), "the rest is as it was, to the digit");
    assert_eq!(std::fs::read_to_string(sandbox.home().join(".claude.json.vault-sync-backup")).unwrap(), before);
    assert!(run(&sandbox, "mcp install claude-code").contains("nothing to change"), "twice is once");
    run(&sandbox, "mcp uninstall claude-code");
    let rest: Value = serde_json::from_str(&read()).unwrap();
    assert_eq!((&rest["numStartups"], rest.get("mcpServers")), (&json!(3), None));
    assert!(run(&sandbox, "mcp uninstall claude-code").contains("nothing to change"));
    std::fs::write(&file, "{ // no JSON\n}").unwrap();
    let output = sandbox.bare_command(&["mcp", "install", "claude-code"]).output().unwrap();
    assert_eq!((output.status.code(), read().as_str()), (Some(1), "{ // no JSON\n}"), "what cannot be read is left alone");
}

#[test]
fn a_project_is_told_which_vault_is_meant_and_the_server_starts_so() {
    let sandbox = configured();
    let vault = sandbox.vault.display().to_string();
    let data = sandbox.data_dir.display().to_string();
    run(&sandbox, &format!("--vault {vault} --data-dir {data} sync"));
    run(&sandbox, &format!("--vault {vault} --data-dir {data} mcp install claude-code --scope project"));
    let file = sandbox.home().join(".mcp.json");
    let config: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let server = &config["mcpServers"]["vault-sync"];
    assert_eq!(server["args"], json!(["--vault", vault, "--data-dir", data, "mcp"]));
    let args: Vec<&str> = server["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    let output = sandbox.bare_command(&args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    run(&sandbox, "mcp uninstall claude-code --scope project");
    assert!(!file.exists(), "what was made goes");
    let snippet: Value = serde_json::from_str(&run(&sandbox, "mcp install another")).unwrap();
    assert_eq!(snippet["mcpServers"]["vault-sync"]["args"], json!(["mcp"]));
    let refused = sandbox.bare_command(&["--database-url", "postgres://u:secret@h/d", "mcp", "install", "another"]).output().unwrap();
    assert_eq!((refused.status.code(), stdout(&refused).as_str()), (Some(2), ""));
    assert!(!stderr(&refused).contains("secret"));
}

#[test]
fn each_command_of_the_skill_page_works() {
    let sandbox = configured();
    let page = run(&sandbox, "skill");
    assert!(page.starts_with("---\nname: vault-sync\ndescription: "));
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let commands: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert!(commands.len() > 20);
    for command in commands {
        let mut shell = Command::new("sh");
        let binary = format!("exec {}", env!("CARGO_BIN_EXE_vault-sync"));
        shell.arg("-c").arg(command.replacen("vault-sync", &binary, 1)).current_dir(sandbox.home()).env_clear();
        let output = shell.env("HOME", sandbox.home()).env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
        assert!(output.status.success(), "{command}: {}{}", stdout(&output), stderr(&output));
    }
}
