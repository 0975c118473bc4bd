import { selectionCases } from './cases/selection'
import { runCases } from './cases/run'

runCases(selectionCases)
