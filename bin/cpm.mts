// cpm from source, for development: npm run dev -- <command>
import { main } from '../src/cli/main.ts'

await main(process)
