/** Reads what the tests need of a Mach-O file: header, libraries, imports and exports. Little-endian 64-bit only. */

export interface MachO {
  /** `arm64`, or the raw CPU type. */
  cpu: string;
  fileType: "executable" | "dylib" | "bundle" | number;
  /** Least macOS version, e.g. `14.0`. */
  minimumOs: string | undefined;
  /** The library's own name, for a dylib. */
  id: string | undefined;
  /** Linked libraries, in the order that imports refer to. */
  libraries: string[];
  runPaths: string[];
  /** Names that other images may use, without the leading underscore of C names. */
  exports: ReadonlySet<string>;
  /** Undefined symbols and the library that each is bound to; undefined when it is looked up in all of them. */
  imports: ReadonlyMap<string, string | undefined>;
  /** Where the code signature lies in the file. */
  signature: { offset: number; size: number } | undefined;
}

const MAGIC_64 = 0xfeedfacf;
const CPU_ARM64 = 0x0100000c;
const FILE_TYPES: Record<number, MachO["fileType"]> = { 2: "executable", 6: "dylib", 8: "bundle" };

const command = {
  symtab: 0x2,
  loadDylib: 0xc,
  idDylib: 0xd,
  loadWeakDylib: 0x80000018,
  reexportDylib: 0x8000001f,
  runPath: 0x8000001c,
  codeSignature: 0x1d,
  buildVersion: 0x32,
  dyldInfo: 0x22,
  dyldInfoOnly: 0x80000022,
  exportsTrie: 0x80000033,
} as const;

const N_STAB = 0xe0;
const N_TYPE = 0x0e;
const N_EXT = 0x01;

export function readMachO(bytes: Uint8Array): MachO {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const text = (offset: number) => cString(bytes, offset);
  if (u32(0) !== MAGIC_64) throw new Error(`not a 64-bit Mach-O file: it begins with 0x${u32(0).toString(16)}`);

  const libraries: string[] = [];
  const runPaths: string[] = [];
  const exports = new Set<string>();
  const imports = new Map<string, string | undefined>();
  let id: string | undefined;
  let minimumOs: string | undefined;
  let signature: MachO["signature"];
  let symtab: number | undefined;

  let at = 32;
  for (let index = 0; index < u32(16); index++) {
    const kind = u32(at);
    switch (kind) {
      case command.loadDylib:
      case command.loadWeakDylib:
      case command.reexportDylib:
        libraries.push(text(at + u32(at + 8)));
        break;
      case command.idDylib:
        id = text(at + u32(at + 8));
        break;
      case command.runPath:
        runPaths.push(text(at + u32(at + 8)));
        break;
      case command.buildVersion:
        minimumOs = `${u32(at + 12) >>> 16}.${(u32(at + 12) >>> 8) & 0xff}`;
        break;
      case command.codeSignature:
        signature = { offset: u32(at + 8), size: u32(at + 12) };
        break;
      case command.dyldInfo:
      case command.dyldInfoOnly:
        readTrie(bytes.subarray(u32(at + 40), u32(at + 40) + u32(at + 44)), exports);
        break;
      case command.exportsTrie:
        readTrie(bytes.subarray(u32(at + 8), u32(at + 8) + u32(at + 12)), exports);
        break;
      case command.symtab:
        symtab = at;
        break;
    }
    at += u32(at + 4);
  }

  if (symtab !== undefined) {
    const [symbols, count, strings] = [u32(symtab + 8), u32(symtab + 12), u32(symtab + 16)];
    for (let index = 0; index < count; index++) {
      const entry = symbols + index * 16;
      const type = bytes[entry + 4]!;
      // Undefined and external, no debugging entry; its library stands in the description's upper byte.
      if ((type & N_STAB) !== 0 || (type & N_EXT) === 0 || (type & N_TYPE) !== 0) continue;
      const ordinal = view.getUint16(entry + 6, true) >>> 8;
      imports.set(withoutUnderscore(text(strings + u32(entry))), libraries[ordinal - 1]);
    }
  }

  const cpu = u32(4);
  return {
    cpu: cpu === CPU_ARM64 ? "arm64" : `0x${cpu.toString(16)}`,
    fileType: FILE_TYPES[u32(12)] ?? u32(12),
    minimumOs,
    id,
    libraries,
    runPaths,
    exports,
    imports,
    signature,
  };
}

const withoutUnderscore = (name: string) => (name.startsWith("_") ? name.slice(1) : name);

function cString(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, bytes.indexOf(0, offset) - offset).toString("latin1");
}

/** Collects the names of an export trie: edges carry parts of names, nodes with a payload end one. */
function readTrie(trie: Uint8Array, names: Set<string>): void {
  if (trie.length === 0) return;
  const pending: { offset: number; prefix: string }[] = [{ offset: 0, prefix: "" }];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const payload = uleb(trie, node.offset);
    if (payload.value > 0) names.add(withoutUnderscore(node.prefix));
    let at = payload.next + payload.value;
    const children = trie[at++]!;
    for (let child = 0; child < children; child++) {
      const edge = cString(trie, at);
      const target = uleb(trie, at + edge.length + 1);
      pending.push({ offset: target.value, prefix: node.prefix + edge });
      at = target.next;
    }
  }
}

/** A variable-length integer: seven bits per byte, the lowest first. */
function uleb(bytes: Uint8Array, offset: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 1, at = offset; ; shift *= 128, at++) {
    value += (bytes[at]! & 0x7f) * shift;
    if (bytes[at]! < 0x80) return { value, next: at + 1 };
  }
}
