#compdef vault-sync
# Completions of vault-sync for zsh. At each Tab they ask the program, so they stay right when it changes.
_vault_sync() {
    local line
    local -a whole begun
    # Notes and tags are one whatever their case.
    local -a whatever=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}')
    for line in "${(@f)$(${~${(Q)words[1]}} complete zsh --word="${(Q)PREFIX}" -- "${(@Q)words[1,CURRENT-1]}" 2>/dev/null)}"; do
        case $line in
            '') ;;
            */ | *=) begun+=("$line") ;;
            *) whole+=("$line") ;;
        esac
    done
    if (( ! $#whole && ! $#begun )); then
        _files
        return
    fi
    (( $#begun )) && _describe -V 'begun' begun -S '' $whatever
    (( $#whole )) && _describe -V 'names' whole $whatever
}
if [[ $funcstack[1] == _vault_sync ]]; then
    _vault_sync "$@"
else
    compdef _vault_sync vault-sync
fi
