import { z } from 'zod'
import { completionScript, SHELLS } from '../completion/scripts.ts'
import { defineCommand } from '../shell/define-command.ts'

export default defineCommand({
  input: z.object({ shell: z.enum(SHELLS).meta({ description: SHELLS.join(', '), value: 'shell' }) }),
  positionals: ['shell'],
  examples: [
    ['In ~/.bashrc', 'eval "$(cpm completion bash)"'],
    ['In ~/.zshrc, after compinit', 'source <(cpm completion zsh)'],
    ['For fish', 'cpm completion fish > ~/.config/fish/completions/cpm.fish'],
    ['In $PROFILE of PowerShell', 'cpm completion powershell | Out-String | Invoke-Expression'],
  ],
  run: (_session, { shell }) => ({ shell, script: completionScript(shell) }),
  views: { human: ({ script }) => script.trimEnd() },
})
