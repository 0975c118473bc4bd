/** Picture files that cannot be taken: each is listed with its reason, and those beside it are read. */
import { gzipSync } from 'fflate'
import { nodeDecoder } from '../../src/data/decode-node'
import { takeIn } from '../../src/data/intake'
import { MemoryDrawer } from '../../src/data/shelf/drawer-memory'
import { Shelf } from '../../src/data/shelf/shelf'
import { clipResize } from '../../src/models/resize-rule'
import { picture } from '../data/pictures'
import { offered, text, type Kinds } from './kind'

const png = await picture(40, 30, [200, 20, 20])
const jpeg = await picture(64, 64, [20, 200, 20], 'jpeg')
const webp = await picture(40, 40, [20, 20, 200], 'webp')
const gif = await picture(40, 40, [90, 20, 200], 'gif')
const avif = await picture(40, 40, [90, 200, 200], 'avif')
const SOUND = { 'a/sound.png': png, 'b/sound.jpg': jpeg }

/** What the list of files left out says of one. */
async function leftOut([path, bytes]: readonly [path: string, bytes: Uint8Array]): Promise<string> {
  const files = Object.entries({ ...SOUND, [path]: bytes })
  const source = {
    name: 'mine',
    folders: [],
    files: files.map(([of, content]) => ({ path: of, size: content.length, bytes: async () => content })),
  }
  const cut = { size: 16, resize: clipResize(16) }
  const { album } = await takeIn(source, { decoder: nodeDecoder, cut, shelf: new Shelf(new MemoryDrawer()) })
  if (album.images.length !== 2) throw new Error(`${album.images.length} pictures were taken, and 2 are sound`)
  return album.skipped.find((one) => one.path === path)?.reason ?? ''
}

function sized(width: number, height: number): Uint8Array {
  const changed = Uint8Array.from(png)
  new DataView(changed.buffer).setUint32(16, width)
  new DataView(changed.buffer).setUint32(20, height)
  return changed
}

const box = (brand: string) => Uint8Array.of(0, 0, 0, 24, ...text(`ftyp${brand}`), ...new Uint8Array(60))
const cutTo = (bytes: Uint8Array, share: number) => bytes.subarray(0, Math.floor(bytes.length * share))

const BROKEN: Readonly<Record<string, readonly [named: readonly [string, Uint8Array], says: RegExp]>> = {
  'no bytes': [['a/empty.png', new Uint8Array()], /empty/],
  'words under a picture’s name': [['a/renamed.jpg', text('just words')], /does not decode/],
  'HEIC under another name': [['a/phone.jpg', box('heic')], /HEIC: save it as JPEG/],
  HEIC: [['a/phone.heic', box('heic')], /HEIC: save it as JPEG/],
  'a picture too small': [['a/icon.png', await picture(15, 40, [1, 2, 3])], /^15 x 40 pixels, too small/],
  'a picture of one pixel': [['a/dot.png', await picture(1, 1, [1, 2, 3])], /^1 x 1 pixels, too small/],
  'a web page': [['a/html.png', text('<html>404</html>')], /does not decode/],
  'a drawing of absurd size': [
    ['a/svg.png', text('<svg xmlns="http://www.w3.org/2000/svg" width="99999999" height="99999999"/>')],
    /./,
  ],
  'a drawing': [['a/logo.svg', text('<svg xmlns="http://www.w3.org/2000/svg"/>')], /./],
  'a head of GIF alone': [['a/header.gif', gif.subarray(0, 12)], /does not decode/],
  'a head of PNG alone': [['a/header.png', png.subarray(0, 33)], /does not decode/],
  'a start of JPEG alone': [['a/start.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)], /does not decode/],
  'an AVIF without its picture': [['a/half.avif', cutTo(avif, 0.3)], /./],
  '60,000 times 60,000 pixels': [['b/huge.png', sized(60_000, 60_000)], /./],
  'a picture without height': [['b/flat.png', sized(40, 0)], /does not decode/],
  'a pointer of Git LFS': [
    ['a/lfs.png', text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n')],
    /does not decode/,
  ],
  'a picture in gzip': [['a/packed.png', gzipSync(png)], /does not decode/],
  'a picture in base64': [['a/base64.png', text(png.toString('base64'))], /does not decode/],
  'a film': [['a/film.jpg', box('isom')], /./],
  'a PDF': [['a/scan.jpg', text('%PDF-1.7\n%%EOF')], /does not decode/],
  TIFF: [['a/scan.tiff', Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0)], /TIFF/],
  'a file beside the pictures': [['a/notes.txt', text('mine')], /not an image file/],
  ...Object.fromEntries(
    [0.1, 0.3, 0.5, 0.7].flatMap((share) =>
      Object.entries({ png, jpeg, webp }).map(([kind, bytes]) => [
        `${kind} cut to ${share}`,
        [[`b/cut-${share}.${kind}`, cutTo(bytes, share)], /./] as const,
      ]),
    ),
  ),
}

export const pictures: Kinds = offered(BROKEN, leftOut)
