import type { INodeExecutionData } from 'n8n-workflow';

import type { VisitResult } from '../../engine';
import { stamped } from './stamp';
import type { Contact } from './step';

/** Puts each contact that is still in the journey on the output the engine says, with its new stamp. Others are dropped. */
export function passOn(outputs: INodeExecutionData[][], contacts: Contact[], results: VisitResult[]): void {
	const byIndex = new Map(contacts.map((contact) => [contact.index, contact]));
	for (const result of results) {
		const contact = byIndex.get(result.index);
		if (contact && result.alive) outputs[result.output]?.push(stamped(contact.item, contact.index, result.stamp));
	}
}

/** Empty outputs, the error items on the first. */
export function outputsWith(count: number, failed: INodeExecutionData[]): INodeExecutionData[][] {
	const outputs: INodeExecutionData[][] = Array.from({ length: count }, () => []);
	outputs[0]?.push(...failed);
	return outputs;
}
