import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failItem } from './errors';
import type { Contact } from './step';

/** Reads a step's setting for each person; one that cannot be used is an error of that person's item alone. */
export function settingsOf<T, C extends Pick<Contact, 'index'> = Contact>(
	context: IExecuteFunctions,
	contacts: readonly C[],
	readFor: (itemIndex: number) => T,
): { read: Array<{ contact: C; setting: T }>; failed: INodeExecutionData[] } {
	const read: Array<{ contact: C; setting: T }> = [];
	const failed: INodeExecutionData[] = [];
	for (const contact of contacts) {
		try {
			read.push({ contact, setting: readFor(contact.index) });
		} catch (error) {
			failed.push(failItem(context, error, contact.index));
		}
	}
	return { read, failed };
}

/** The same for an operation that handles the items of a batch together: what each asks for, with its index. */
export function askedOf<T extends object>(context: IExecuteFunctions, readFor: (itemIndex: number) => T): { asked: Array<T & { index: number }>; failed: INodeExecutionData[] } {
	const { read, failed } = settingsOf(context, context.getInputData().map((_item, index) => ({ index })), readFor);
	return { asked: read.map(({ contact: { index }, setting }) => ({ ...setting, index })), failed };
}
