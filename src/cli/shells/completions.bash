# Completions of vault-sync for bash. At each Tab they ask the program, so they stay right when it changes.
_vault_sync() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <("${1/#\~\//$HOME/}" complete bash --line="${COMP_LINE:0:COMP_POINT}" --breaks="$COMP_WORDBREAKS" 2>/dev/null)
    case "${COMPREPLY[*]: -1}" in
        */ | *= | *:) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -o default -F _vault_sync vault-sync
