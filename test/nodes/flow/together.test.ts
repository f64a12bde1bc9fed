import type { IExecuteFunctions } from 'n8n-workflow';

import { withFiles } from '../../../nodes/JourneyDirectMail/files';
import { endsHere, MOST_BYTES_A_CALL, together } from '../../../nodes/shared/together';

const item = (index: number, email: string) => ({ index, item: {}, contact: { email, key: `k${index}` } });

describe('a batch whose files are too many for one call', () => {
	it('goes in several, of which each has all rows of its people', async () => {
		const rows = ['ann', 'bea', 'cy', 'dee', 'ANN'].map((name, index) => item(index, `${name}@example.com`));
		// What n8n gives for the rows: a file of a third of a call each, the first and the last row the same one.
		const context = {
			getInputData: () => rows.map(() => ({ json: {}, binary: { data: { data: '', mimeType: 'application/pdf' } } })),
			helpers: { getBinaryDataBuffer: (index: number) => Promise.resolve(Buffer.alloc(MOST_BYTES_A_CALL / 3 + 1, index % 4)) },
		} as unknown as IExecuteFunctions;

		const calls: number[][] = [];
		for await (const { items } of withFiles(context, together(rows), 'data')) calls.push(items.map(({ index }) => index));

		expect(calls).toEqual([[0, 4, 1, 2], [3]]);
	});

	it('tears one person apart only at twice as much, and people of a journey are each their own', () => {
		const inJourney = [0, 1].map((index) => ({ index, item: {}, stamp: { token: `t${index}`, epoch: 1, nonce: 'n', trail: '', enrollment: 1, profile: 1 } }));

		expect(endsHere(MOST_BYTES_A_CALL, item(0, 'ann@example.com'), item(1, 'ann@example.com'))).toBe(false);
		expect(endsHere(2 * MOST_BYTES_A_CALL, item(0, 'ann@example.com'), item(1, 'ann@example.com'))).toBe(true);
		expect(endsHere(MOST_BYTES_A_CALL - 1, item(0, 'ann@example.com'), item(1, 'bea@example.com'))).toBe(false);
		expect(endsHere(MOST_BYTES_A_CALL, inJourney[0]!, inJourney[1])).toBe(true);
		expect(together(inJourney).map(({ index }) => index)).toEqual([0, 1]);
	});
});
