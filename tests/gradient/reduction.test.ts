import { reductionCases } from './cases/reduction'
import { runCases } from './cases/run'

runCases(reductionCases)
