#!/usr/bin/env node
// Chooses the best of all trials, which arrive as one list.
import { readFileSync, writeFileSync } from 'node:fs'

const { in: trials } = JSON.parse(readFileSync(0, 'utf8'))
const [best] = trials.sort((a, b) => b.score - a.score)
console.log(`best: rate ${best.rate}, depth ${best.depth}, score ${best.score}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([best]))
