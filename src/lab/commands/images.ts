/** Commands about albums: opening, arranging, looking at pictures small, and what is kept. */
import { SPLITS } from '../../data/task'
import { fillTemplate } from '../../models/class-names'
import { taskInfo } from '../describe'
import type { CommandTable, Holdings } from '../holdings'
import { shrunk, taskFrom, type HeldAlbum } from '../images'
import type { AlbumInfo, ArrangedInfo, ImageCommands, PromptsInfo, Thumbnail } from '../protocol-images'
import { openFrom } from './task'

const NONE = 255

export function imageCommands(lab: Holdings): CommandTable<keyof ImageCommands> {
  return {
    openAlbum: async ({ source, makeRoom }) => {
      const held = await openFrom(lab, source, makeRoom)
      return { album: albumInfo(held), arranged: await take(lab, held) }
    },

    cancelOpening: async () => {
      lab.images.cancel()
      return {}
    },

    openedAlbum: async () => {
      const { held } = lab.images
      return { opened: held && { album: albumInfo(held), arranged: arrangedInfo(lab, held) } }
    },

    arrange: async ({ arrangement }) => take(lab, lab.images.rearranged(arrangement)),

    thumbnails: async ({ images, side }) => {
      const { opened, arranged } = lab.images.need()
      const pixels = new Uint8Array(opened.pixels.imageBytes)
      const closed = lab.run?.measured === false
      return images.map((image): Thumbnail => {
        const known = opened.album.images[image]
        if (!known) throw new RangeError(`there is no image ${image}`)
        if (closed && SPLITS[arranged.splits[image]!] === 'test') return { image, rgba: null }
        opened.pixels.read(known.digest, pixels)
        return { image, rgba: shrunk(pixels, opened.cut.size, Math.min(side, opened.cut.size)) }
      })
    },

    albums: async () => {
      const shelf = await lab.images.shelf()
      const { held } = lab.images
      return {
        albums: await shelf.albums(),
        open: held?.origin === 'own' ? held.opened.album.id : null,
        freeBytes: await shelf.drawer.free(),
        lasting: shelf.lasting,
      }
    },

    forgetAlbum: async ({ id }) => ({ freedBytes: await (await lab.images.shelf()).forget(id) }),
  }
}

/** Takes an album into use, and the task made of it where one can be made. */
async function take(lab: Holdings, held: HeldAlbum): Promise<ArrangedInfo> {
  const task = held.arranged.problems.length === 0 ? await taskFrom(held) : null
  if (task) await lab.useTask(task)
  else await lab.dropTask()
  lab.images.hold(held)
  await lab.images.remember(held)
  return arrangedInfo(lab, held)
}

function arrangedInfo(lab: Holdings, { arrangement, arranged }: HeldAlbum): ArrangedInfo {
  const { labels, splits, leftOut, unlabelled, leaks, problems, warnings } = arranged
  return {
    ...{ arrangement, leftOut, unlabelled, leaks, problems, warnings },
    // Copies: what is told to the page is given away.
    labels: labels.slice(),
    splits: splits.slice(),
    prompts: promptsInfo(
      lab,
      arranged.classes.map(({ name }) => name),
      arrangement.template,
    ),
    task: lab.task && taskInfo(lab.task),
  }
}

function promptsInfo({ model }: Holdings, names: readonly string[], template: string): PromptsInfo | null {
  if (model?.kind !== 'clip') return null
  const texts = names.map((name) => fillTemplate(template, name))
  const { tokenizer } = model
  return { texts, tokens: texts.map((text) => tokenizer.count(text)), most: tokenizer.contextLength }
}

function albumInfo({ opened, origin }: HeldAlbum): AlbumInfo {
  const { album, near, decoded } = opened
  const { id, name, folders, images, skipped } = album
  const place = new Map(folders.map((folder, i) => [folder, i]))
  return {
    ...{ id, name, origin, folders, near, skipped, decoded },
    paths: images.map(({ path }) => path),
    digests: images.map(({ digest }) => digest),
    folderOf: Int32Array.from(images, ({ folder }) => (folder === null ? -1 : place.get(folder)!)),
    given: Uint8Array.from(images, ({ split }) => (split === null ? NONE : SPLITS.indexOf(split))),
  }
}
