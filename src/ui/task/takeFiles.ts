/** From a drop or a file dialogue to an open album, with what is listed shown meanwhile. */
import { t } from '../../i18n/t'
import { endOpening, imagesStore, showListed, showOpening } from '../../state/images-store'
import { cancelOpening } from '../../state/images'
import { isActive, runStore } from '../../state/run'
import { chooseFiles, showTaskTrouble, taskStore } from '../../state/task'
import { modelsStore } from '../../state/models'
import { sessionStore } from '../../state/session'
import { fromDrop, fromInput, type Intake } from './fileIntake'

let listing: AbortController | null = null
/** What was opened last, for opening it again where room had to be made. */
let last: Intake | null = null

/** Whether pictures may be opened now. */
export function mayOpen(): boolean {
  const reading = modelsStore.getState().loading !== null || taskStore.getState().loading
  return sessionStore.getState().phase === 'ready' && !isActive(runStore.getState().status) && !reading && !listing
}

export async function takeDrop(transfer: DataTransfer): Promise<void> {
  listing = new AbortController()
  showOpening(transfer.items[0]?.webkitGetAsEntry()?.name ?? '')
  try {
    const intake = await fromDrop(transfer, showListed, listing.signal)
    listing = null
    take(intake)
  } catch {
    // Cancelled while its folders were listed.
    endOpening()
  } finally {
    listing = null
  }
}

export function takePicked(list: FileList | null): void {
  if (list && list.length > 0) take(fromInput([...list]))
}

function take(intake: Intake): void {
  if (intake.files.length === 0) {
    endOpening()
    return showTaskTrouble({ message: t('own.empty'), remedy: t('own.emptyRemedy') })
  }
  last = intake
  void chooseFiles(intake.name, intake.files)
}

/** Opens what was refused for lack of room, and lets albums used longest ago go for it. */
export function takeAgainMakingRoom(): void {
  if (last) void chooseFiles(last.name, last.files, true)
}

export function cancelTaking(): void {
  if (listing) listing.abort()
  else if (imagesStore.getState().opening) void cancelOpening()
}
