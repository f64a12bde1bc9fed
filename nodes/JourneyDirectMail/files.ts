import { createHash } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import type { MailpieceContent, SendItem } from '../../engine';
import { endsHere } from '../shared/together';

export type PieceItem = SendItem<MailpieceContent>;

/** The items in calls of at most MOST_BYTES_A_CALL (or one item), each with the file that it brings; the same file for several once. */
export async function* withFiles(context: IExecuteFunctions, items: readonly PieceItem[], field: string): AsyncGenerator<{ items: PieceItem[]; files: Uint8Array[] }> {
	const input = context.getInputData();
	let [call, files, known, bytes]: [PieceItem[], Uint8Array[], Map<string, number>, number] = [[], [], new Map(), 0];
	for (const [n, item] of items.entries()) {
		const binary = input[item.index]?.binary?.[field];
		if (binary === undefined) call.push({ ...item, extras: { missingFiles: [field] } });
		else {
			const content = await context.helpers.getBinaryDataBuffer(item.index, field);
			const hash = createHash('sha256').update(content).digest('base64');
			const file = known.get(hash) ?? files.push(content) - 1;
			if (!known.has(hash)) bytes += content.byteLength;
			known.set(hash, file);
			call.push({ ...item, extras: { attachments: [{ file, fileName: binary.fileName ?? `${field}.pdf`, contentType: binary.mimeType }] } });
		}
		if (!endsHere(bytes, item, items[n + 1])) continue;
		yield { items: call, files };
		[call, files, known, bytes] = [[], [], new Map(), 0];
	}
	if (call.length > 0) yield { items: call, files };
}
