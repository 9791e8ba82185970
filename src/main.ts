/** Entry of the executable. The roles of child processes come first: they start without anything of the command line. */
export {};

const args = process.argv.slice(2);
if (args[0] === "__reader") {
  // Ctrl-C reaches the whole process group; the parent decides what becomes of a file that is being read.
  process.on("SIGINT", () => {});
  const { serveReader } = await import("./ingest/reader/serve.ts");
  await serveReader();
} else if (args[0] === "__worker") {
  process.on("SIGINT", () => {});
  const { serveWorker } = await import("./pipelines/prepare/worker.ts");
  await serveWorker();
} else {
  const { main } = await import("./cli/main.ts");
  process.exit(await main(args));
}
