import { Exports, type ExportsDeps } from './exports';
import { endLost, forgetOld } from './forget';
import { readImport, readImports } from './import-log';
import { Imports, type ImportsDeps } from './imports';
import { rejectedPiece } from './rejected';
import type { TransferApi } from './types';
import { undoImport, type UndoParts } from './undo';

export type * from './types';
export { importKeeper } from './keeper';
export { noteSaid } from './said';

export type TransferDeps = ImportsDeps & UndoParts & ExportsDeps;

const MOST_SHOWN = 1000;

export interface Transfer extends TransferApi {
	/** Ends imports that lost their process, and forgets what those of more than 30 days ago did, a little at a time. */
	tidy(): Promise<void>;
}

/** Import and export of people and events. Throws BAD_INPUT, NOT_FOUND, CONFLICT and the store's errors. */
export function createTransfer(deps: TransferDeps): Transfer {
	const { store } = deps;
	const imports = new Imports(deps);
	const exports_ = new Exports(deps);
	return {
		importStart: (options) => imports.start(options),
		importChunk: (importId, bytes) => imports.chunk(importId, bytes),
		importEnd: (importId) => imports.end(importId),
		importAbort: (importId) => imports.abort(importId),
		importProgress: (importId) => store.read((reader) => readImport(reader, importId)),
		imports: (page = {}) => store.read((reader) => readImports(reader, Math.max(1, Math.min(MOST_SHOWN, Math.floor(page.limit ?? 50))))),
		importRejected: (importId, format, after) => store.read((reader) => rejectedPiece(reader, importId, format, after)),
		importUndo: (importId, { source }) => undoImport(deps, importId, source),
		exportStart: (options) => exports_.start(options),
		exportChunk: (exportId) => exports_.chunk(exportId),
		exportEnd: (exportId) => exports_.end(exportId),
		tidy: async () => {
			await endLost(store);
			await forgetOld(store);
		},
	};
}
