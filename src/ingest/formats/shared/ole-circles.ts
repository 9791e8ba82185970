/** Cuts the circles in a damaged compound file, which readers of such files follow until memory is full. See MS-CFB. */

const HEADER_BYTES = 512;
const END_OF_CHAIN = -2;
const NO_ENTRY = -1;
const ENTRY_BYTES = 128;
/** Where an entry of the directory names the entries to its left, to its right and below it. */
const LINKS = [68, 72, 76];
const SECTORS_IN_HEADER = 109;

/** The same bytes where there is no circle; a copy in which chains and trees end before they would come back. */
export function withoutCircles(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEADER_BYTES) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const shift = view.getUint16(30, true);
  if (shift < 7 || shift > 16) return bytes;
  const file: CompoundFile = { view, sectorBytes: 1 << shift, sectors: Math.floor(copy.length / (1 << shift)) - 1 };
  const fat = new Links(file, fatSectors(file));
  const chains = fat.cut();
  const miniFat = new Links(file, fat.chain(view.getInt32(60, true)));
  const miniChains = miniFat.cut();
  const entries = cutDirectory(file, fat.chain(view.getInt32(48, true)));
  return chains || miniChains || entries ? copy : bytes;
}

interface CompoundFile {
  view: DataView;
  sectorBytes: number;
  /** Whole sectors after the header. */
  sectors: number;
}

const isSector = ({ sectors }: CompoundFile, sector: number) => sector >= 0 && sector < sectors;
const offsetOf = ({ sectorBytes }: CompoundFile, sector: number) => (sector + 1) * sectorBytes;

/** Sectors of the table of chains: the header names the first, a chain of sectors the others. */
function fatSectors(file: CompoundFile): number[] {
  const { view, sectorBytes } = file;
  const found: number[] = [];
  for (let i = 0; i < SECTORS_IN_HEADER; i++) found.push(view.getInt32(76 + 4 * i, true));
  const seen = new Set<number>();
  for (let sector = view.getInt32(68, true); isSector(file, sector) && !seen.has(sector); ) {
    seen.add(sector);
    const start = offsetOf(file, sector);
    for (let i = 0; i < sectorBytes - 4; i += 4) found.push(view.getInt32(start + i, true));
    sector = view.getInt32(start + sectorBytes - 4, true);
  }
  return found.filter((sector) => isSector(file, sector));
}

/** A table that names the next sector of each. */
class Links {
  readonly #file: CompoundFile;
  readonly #places: number[];

  constructor(file: CompoundFile, places: number[]) {
    this.#file = file;
    this.#places = places;
  }

  get #count(): number {
    return this.#places.length * (this.#file.sectorBytes >> 2);
  }

  #placeOf(sector: number): number {
    const perPlace = this.#file.sectorBytes >> 2;
    return offsetOf(this.#file, this.#places[Math.floor(sector / perPlace)]!) + 4 * (sector % perPlace);
  }

  #next(sector: number): number {
    return this.#file.view.getInt32(this.#placeOf(sector), true);
  }

  /** Ends each chain that comes back to itself at its last new sector; returns whether there was one. */
  cut(): boolean {
    const count = this.#count;
    const chainOf = new Int32Array(count);
    let found = false;
    for (let start = 0; start < count; start++) {
      for (let sector = start; sector >= 0 && sector < count && chainOf[sector] === 0; ) {
        chainOf[sector] = start + 1;
        const next = this.#next(sector);
        if (next >= 0 && next < count && chainOf[next] === start + 1) {
          this.#file.view.setInt32(this.#placeOf(sector), END_OF_CHAIN, true);
          found = true;
        }
        sector = next;
      }
    }
    return found;
  }

  /** Sectors of a chain, in order, after `cut`. */
  chain(first: number): number[] {
    const sectors: number[] = [];
    for (let sector = first; isSector(this.#file, sector) && sectors.length <= this.#count; ) {
      sectors.push(sector);
      sector = sector < this.#count ? this.#next(sector) : END_OF_CHAIN;
    }
    return sectors;
  }
}

/** Removes links to entries that have been met before, from the root on; returns whether there was one. */
function cutDirectory(file: CompoundFile, sectors: readonly number[]): boolean {
  const perSector = file.sectorBytes / ENTRY_BYTES;
  const count = sectors.length * perSector;
  const seen = new Uint8Array(count);
  let found = false;
  for (let start = 0; start < count; start++) {
    if (seen[start]) continue;
    seen[start] = 1;
    const waiting = [start];
    for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
      const offset = offsetOf(file, sectors[Math.floor(entry / perSector)]!) + ENTRY_BYTES * (entry % perSector);
      for (const link of LINKS) {
        const target = file.view.getInt32(offset + link, true);
        if (target < 0 || target >= count) continue;
        if (seen[target]) {
          file.view.setInt32(offset + link, NO_ENTRY, true);
          found = true;
        } else {
          seen[target] = 1;
          waiting.push(target);
        }
      }
    }
  }
  return found;
}
