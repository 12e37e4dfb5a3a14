#!/usr/bin/env node
// Adds up the outputs of all nodes that this one depends on: they arrive as one list.
import { readFileSync, writeFileSync } from 'node:fs'

const { in: counts } = JSON.parse(readFileSync(0, 'utf8'))
const total = counts.reduce((sum, count) => sum + count, 0)
console.log(`${total} words`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([total]))
