import { normalisationCases } from './cases/normalisation'
import { runCases } from './cases/run'

runCases(normalisationCases)
