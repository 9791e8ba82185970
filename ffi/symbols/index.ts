/** Every bound symbol, by header. */
import { arraySymbols } from "./array.ts";
import { closureSymbols } from "./closure.ts";
import { compileSymbols } from "./compile.ts";
import { deviceSymbols } from "./device.ts";
import { distributedSymbols } from "./distributed.ts";
import { distributedGroupSymbols } from "./distributed-group.ts";
import { errorSymbols } from "./error.ts";
import { fastSymbols } from "./fast.ts";
import { ioSymbols } from "./io.ts";
import { ioTypesSymbols } from "./io-types.ts";
import { mapSymbols } from "./map.ts";
import { memorySymbols } from "./memory.ts";
import { metalSymbols } from "./metal.ts";
import { opsSymbols } from "./ops.ts";
import { randomSymbols } from "./random.ts";
import { streamSymbols } from "./stream.ts";
import { stringSymbols } from "./string.ts";
import { transformsSymbols } from "./transforms.ts";
import { vectorSymbols } from "./vector.ts";
import { versionSymbols } from "./version.ts";

/** Header name without `.h` → its table. */
export const tables = {
  array: arraySymbols,
  closure: closureSymbols,
  compile: compileSymbols,
  device: deviceSymbols,
  distributed: distributedSymbols,
  distributed_group: distributedGroupSymbols,
  error: errorSymbols,
  fast: fastSymbols,
  io: ioSymbols,
  io_types: ioTypesSymbols,
  map: mapSymbols,
  memory: memorySymbols,
  metal: metalSymbols,
  ops: opsSymbols,
  random: randomSymbols,
  stream: streamSymbols,
  string: stringSymbols,
  transforms: transformsSymbols,
  vector: vectorSymbols,
  version: versionSymbols,
} as const;

export const symbols = {
  ...arraySymbols,
  ...closureSymbols,
  ...compileSymbols,
  ...deviceSymbols,
  ...distributedSymbols,
  ...distributedGroupSymbols,
  ...errorSymbols,
  ...fastSymbols,
  ...ioSymbols,
  ...ioTypesSymbols,
  ...mapSymbols,
  ...memorySymbols,
  ...metalSymbols,
  ...opsSymbols,
  ...randomSymbols,
  ...streamSymbols,
  ...stringSymbols,
  ...transformsSymbols,
  ...vectorSymbols,
  ...versionSymbols,
} as const;
