/** For yaml.test.ts: reads YAML from each message, and answers with the number of problems and the first of them. */
import { readYaml } from '../../src/core/yaml.ts'

process.on('message', (text: string) => {
  const { problems } = readYaml('message', text)
  process.send?.({ problems: problems.length, first: problems[0]?.message ?? '' })
})
