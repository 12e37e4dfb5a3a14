/** The shells that can complete command lines of cpm. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

/** Each script asks `cpm complete` for candidates. Without any, the shell completes the names of files. */
const SCRIPTS: Record<Shell, string> = {
  bash: `_cpm_complete() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(cpm complete bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
  if [ "\${#COMPREPLY[@]}" -eq 1 ]; then
    case "\${COMPREPLY[0]}" in
      *= | */) compopt -o nospace 2>/dev/null ;;
    esac
  fi
}
complete -o bashdefault -o default -F _cpm_complete cpm
`,
  zsh: `#compdef cpm
_cpm() {
  local line
  local -a values shown open open_shown
  while IFS= read -r line; do
    if [[ "\${line%%$'\\t'*}" == *[=/] ]]; then
      open+=("\${line%%$'\\t'*}")
      open_shown+=("\${line/$'\\t'/  -- }")
    else
      values+=("\${line%%$'\\t'*}")
      shown+=("\${line/$'\\t'/  -- }")
    fi
  done < <(cpm complete zsh "\${(@)words[1,CURRENT]}" 2>/dev/null </dev/null)
  if (( \${#values} + \${#open} == 0 )); then
    _files
    return
  fi
  (( \${#values} )) && compadd -Q -l -d shown -a -- values
  (( \${#open} )) && compadd -Q -S '' -l -d open_shown -a -- open
  return 0
}
if [ "$funcstack[1]" = "_cpm" ]; then
  _cpm "$@"
else
  compdef _cpm cpm
fi
`,
  fish: `function __cpm_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (cpm complete fish $words 2>/dev/null </dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c cpm -f -a '(__cpm_complete)'
`,
  powershell: `Register-ArgumentCompleter -Native -CommandName cpm -ScriptBlock {
  param($word, $ast, $cursor)
  $line = $ast.ToString()
  $typed = $cursor - $ast.Extent.StartOffset
  if ($typed -gt $line.Length) { $line = $line.PadRight($typed) } else { $line = $line.Substring(0, $typed) }
  cpm complete powershell $line 2>$null | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
  }
}
`,
}

/** How to use a script, from a file that the shell reads when it starts. */
const HOW: Record<Shell, string> = {
  bash: 'add to ~/.bashrc: eval "$(cpm completion bash)"',
  zsh: 'add to ~/.zshrc, after compinit: source <(cpm completion zsh)',
  fish: 'run once: cpm completion fish > ~/.config/fish/completions/cpm.fish',
  powershell: 'add to $PROFILE: cpm completion powershell | Out-String | Invoke-Expression',
}

/** Returns the script for a shell. */
export function completionScript(shell: Shell): string {
  const [first = '', ...rest] = SCRIPTS[shell].split('\n')
  const comment = `# Completion of cpm for ${shell}; ${HOW[shell]}`
  // zsh reads the first line.
  const lines = first.startsWith('#compdef') ? [first, comment, ...rest] : [comment, first, ...rest]
  return lines.join('\n')
}
