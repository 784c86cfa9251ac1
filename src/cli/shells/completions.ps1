# Completions of vault-sync for PowerShell. At each Tab they ask the program, so they stay right when it changes.
Register-ArgumentCompleter -Native -CommandName vault-sync -ScriptBlock {
    param($word, $command, $cursor)
    $before = @($command.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $word = $word.Trim("'", '"')
    & vault-sync complete powershell "--word=$word" -- @before 2>$null | ForEach-Object {
        $text, $name, $help = $_.Split("`t")
        if (-not $help) { $help = $name }
        [System.Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $help)
    }
}
