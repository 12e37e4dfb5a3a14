import { z } from 'zod'
import { getRun } from '../../../operations/runs/get-run.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption } from '../../shell/options.ts'
import { nodeDetails, runTitle, stateMark } from '../../terminal/run-lines.ts'
import { handedOn, nextSteps, runFacts } from '../../views/run.ts'

export default defineCommand({
  input: z.object({ run: runOption }),
  positionals: ['run'],
  examples: [
    ['Show the newest run', 'cpm workflow get'],
    ['Show a run by the start of its id', 'cpm workflow get 20260314-1'],
  ],
  run: getRun,
  views: {
    human: (snapshot, style) => {
      const width = Math.max(...snapshot.nodes.map(({ nodename }) => nodename.length))
      const lines = snapshot.nodes.flatMap((node) => {
        const line = `${stateMark(node.state, style)} ${node.nodename.padEnd(width)}  ${node.state.padEnd(10)}  ${nodeDetails(node, Date.now())}`
        const out = node.out && node.out.length > 0 ? handedOn(node.out) : undefined
        return [line.trimEnd(), ...(out === undefined ? [] : [style('dim', `    → ${out}`)])]
      })
      return [
        runTitle(snapshot, style),
        ...runFacts(snapshot, style),
        ...lines,
        ...nextSteps(snapshot).map((step, index) => style('dim', `${index === 0 ? 'next:' : '     '} ${step}`)),
      ].join('\n')
    },
  },
})
