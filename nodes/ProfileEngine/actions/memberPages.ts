import type { IDataObject } from 'n8n-workflow';

import type { SegmentMember } from '../../../engine';

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

/** The members of a segment or list, page by page, up to a limit. */
export async function memberPages(limit: number, read: (page: { limit: number; afterProfile?: number }) => Promise<SegmentMember[]>): Promise<IDataObject[]> {
	const rows: IDataObject[] = [];
	let afterProfile: number | undefined;
	while (rows.length < limit) {
		const page = await read({ limit: Math.min(PAGE, limit - rows.length), ...(afterProfile === undefined ? {} : { afterProfile }) });
		for (const { profile, enteredAt, attributes } of page) rows.push({ profileId: profile, enteredAt, attributes: attributes as IDataObject });
		afterProfile = page.at(-1)?.profile;
		if (page.length === 0) break;
	}
	return rows;
}
