/** The texts of files, one after the other, for whoever counts words: training of tokenizers and n-gram models. */
import type { Reject } from "../core/document.ts";
import { UsageError } from "../core/errors.ts";
import { type Project, pathOfUri } from "../core/project.ts";
import type { IngestSettings } from "../ingest/config.ts";
import { openReaderPool, readItem } from "../ingest/read.ts";
import { listLocal, listPaths, rootOf } from "../ingest/sources/local.ts";
import type { SourceItem } from "../ingest/sources/source.ts";
import { FAILURES_SHOWN, type Failure, failureOf } from "./ingest/report.ts";

export interface TextsRequest {
  project: Project;
  /** Files, folders, globs, or `-` for a list of paths on `stdin`. */
  inputs: readonly string[];
  stdin: AsyncIterable<string>;
  reading: IngestSettings;
  signal: AbortSignal;
}

/** What was found beside the texts. */
export interface Found {
  rejects: number;
  failures: Failure[];
  skipped: Record<string, number>;
}

export const nothingFound = (): Found => ({ rejects: 0, failures: [], skipped: {} });

/** The texts of all inputs: their order may decide ties, so that nothing is read ahead. */
export async function* readTexts(request: TextsRequest, found: Found): AsyncGenerator<string> {
  const { reading, signal } = request;
  await using pool = openReaderPool({ ...reading, concurrency: 1 });
  const onSkip = ({ reason }: { reason: string }) => {
    found.skipped[reason] = (found.skipped[reason] ?? 0) + 1;
  };
  for await (const item of itemsOf(request, onSkip, (reject) => note(found, pathOfUri(reject.uri), reject))) {
    for await (const read of readItem(item, reading, { signal, pool, onSkip, detectLanguage: false })) {
      if ("reject" in read) note(found, item.shown, read.reject);
      else yield read.document.text;
    }
  }
}

async function* itemsOf(
  { project, inputs, stdin, reading }: TextsRequest,
  onSkip: (skip: { reason: string }) => void,
  onReject: (reject: Reject) => void,
): AsyncGenerator<SourceItem> {
  for (const input of inputs) {
    if (input === "-") {
      yield* listPaths(project, stdin, reading, { onSkip, onReject });
    } else if ((await rootOf(project, input)).exists) {
      yield* listLocal(project, input, reading, { onSkip, onReject });
    } else {
      throw new UsageError(`there is no file or folder "${input}"`, "check the path; quote glob patterns");
    }
  }
}

function note(found: Found, path: string, reject: Reject): void {
  found.rejects++;
  if (found.failures.length < FAILURES_SHOWN) found.failures.push(failureOf(path, reject));
}
