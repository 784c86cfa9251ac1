# Completions of vault-sync for fish. At each Tab they ask the program, so they stay right when it changes.
complete --command vault-sync --no-files --keep-order --arguments '(vault-sync complete fish --line=(commandline --current-process --cut-at-cursor | string collect) 2>/dev/null)'
