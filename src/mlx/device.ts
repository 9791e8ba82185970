/** Devices and streams. Work is queued on a stream; a stream belongs to the thread that made it. */
import { check, checkHandle, handleIn, newSlot, outHandle, outNumber, readText } from "../../ffi/call.ts";
import { defineHandleKind, NativeHandle } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import { c } from "./runtime.ts";

export type DeviceType = "cpu" | "gpu";

const deviceTypes = ["cpu", "gpu"] as const;

const streamKind = defineHandleKind("Stream", (handle) => c().mlx_stream_free(handle));

/** A queue of operations on one device. */
export class Stream extends NativeHandle {
  constructor(handle: Handle) {
    super(streamKind, handle);
  }

  /** The device whose queue this is. */
  get device(): DeviceType {
    return withDevice(
      outHandle("stream_get_device", (slot) => c().mlx_stream_get_device(slot, this.handle)),
      typeOfDevice,
    );
  }

  /** Its number among the process's streams. */
  get index(): number {
    return outNumber("stream_get_index", (slot) => c().mlx_stream_get_index(slot, this.handle));
  }
}

/** Whether this machine has such a device and the library can use it. */
export function isAvailable(type: DeviceType): boolean {
  return withDevice(newDevice(type), (device) => {
    return outNumber("device_is_available", (slot) => c().mlx_device_is_available(slot, device)) !== 0;
  });
}

/** The device on which operations run when no stream is named. */
export function defaultDevice(): DeviceType {
  return withDevice(
    outHandle("get_default_device", (slot) => c().mlx_get_default_device(slot)),
    typeOfDevice,
  );
}

/** Makes a device the default of this process. */
export function setDefaultDevice(type: DeviceType): void {
  withDevice(newDevice(type), (device) => check(c().mlx_set_default_device(device), "set_default_device"));
  defaultStream = undefined;
}

/**
 * A new stream; the caller disposes of it. On the CPU backend each has a thread of its own, which MLX keeps until the
 * process ends: make one per core and use them again.
 */
export function newStream(type: DeviceType = defaultDevice()): Stream {
  return withDevice(
    newDevice(type),
    (device) => new Stream(checkHandle(c().mlx_stream_new_device(device), "stream_new_device")),
  );
}

let active: Stream | undefined;
let defaultStream: Stream | undefined;
let cpuDefaultStream: Stream | undefined;

/**
 * Runs `work` with every operation inside on `stream`, unless the operation names another; `stream` is MLX's own
 * default meanwhile. Synchronous, nests; the stream before it is active again afterwards, also when `work` throws.
 */
export function withStream<T>(stream: Stream, work: () => T): T {
  const before = active;
  using defaultBefore = defaultStreamOf(stream.device);
  cpuStream(); // found now: later this one would be taken for it
  // Layer normalisation, for one, does a part of its work on the default stream, whatever stream it is given.
  makeDefault(stream);
  active = stream;
  try {
    return work();
  } finally {
    active = before;
    makeDefault(defaultBefore);
  }
}

/** The stream on which an operation that names none runs. */
export function currentStream(): Stream {
  if (active) return active;
  defaultStream ??= defaultStreamOf(defaultDevice());
  return defaultStream;
}

/** The CPU's default stream: files are read there whatever the default device is. */
export function cpuStream(): Stream {
  cpuDefaultStream ??= defaultStreamOf("cpu");
  return cpuDefaultStream;
}

/** The handle to pass for an optional stream argument. */
export function streamHandle(stream: Stream | undefined): Handle {
  return (stream ?? currentStream()).handle;
}

/** Waits until everything queued on the stream is done. */
export function synchronize(stream: Stream = currentStream()): void {
  check(c().mlx_synchronize(stream.handle), "synchronize");
}

function makeDefault(stream: Stream): void {
  check(c().mlx_set_default_stream(stream.handle), "set_default_stream");
}

function defaultStreamOf(type: DeviceType): Stream {
  return withDevice(
    newDevice(type),
    (device) => new Stream(outHandle("get_default_stream", (slot) => c().mlx_get_default_stream(slot, device))),
  );
}

function newDevice(type: DeviceType): Handle {
  return checkHandle(c().mlx_device_new_type(deviceTypes.indexOf(type), 0), "device_new_type");
}

function typeOfDevice(device: Handle): DeviceType {
  return deviceTypes[outNumber("device_get_type", (slot) => c().mlx_device_get_type(slot, device))] ?? "cpu";
}

/** Runs `use` with a device handle, and frees the handle. */
function withDevice<T>(device: Handle, use: (device: Handle) => T): T {
  try {
    return use(device);
  } finally {
    c().mlx_device_free(device);
  }
}

/** What MLX tells about a device (name, memory sizes in bytes …), by its own keys. */
export function deviceInfo(type: DeviceType = defaultDevice()): Record<string, string | number> {
  return withDevice(newDevice(type), (device) => {
    const info = outHandle("device_info_get", (slot) => c().mlx_device_info_get(slot, device));
    try {
      return Object.fromEntries(infoKeys(info).map((key) => [key, infoValue(info, key)]));
    } finally {
      c().mlx_device_info_free(info);
    }
  });
}

function infoKeys(info: Handle): string[] {
  const keys = outHandle("device_info_get_keys", (slot) => c().mlx_device_info_get_keys(slot, info));
  try {
    return Array.from({ length: Number(c().mlx_vector_string_size(keys)) }, (_, i) => {
      const slot = newSlot();
      check(c().mlx_vector_string_get(slot, keys, i), "vector_string_get");
      return readText(handleIn(slot));
    });
  } finally {
    c().mlx_vector_string_free(keys);
  }
}

function infoValue(info: Handle, key: string): string | number {
  const isText = outNumber("device_info_is_string", (slot) => c().mlx_device_info_is_string(slot, info, key)) !== 0;
  if (!isText) return outNumber("device_info_get_size", (slot) => c().mlx_device_info_get_size(slot, info, key));
  return readText(outHandle("device_info_get_string", (slot) => c().mlx_device_info_get_string(slot, info, key)));
}
