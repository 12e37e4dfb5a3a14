#!/usr/bin/env node
// Keeps the lowest points. The outputs of all measurements arrive as one list.
import { readFileSync, writeFileSync } from 'node:fs'

const {
  kwargs: { keep, title },
  in: points,
} = JSON.parse(readFileSync(0, 'utf8'))

const best = points.sort((a, b) => a.height - b.height).slice(0, keep)
console.log(title)
for (const { x, y, height } of best) console.log(`${x} ${y}  ${height}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(best))
