import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Identity, MailpieceContent } from '../../engine';
import { readIdentity } from '../shared/fields';
import { sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { withFiles } from './files';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const batch = await settingsOf(context);
	const isFile = batch.content?.kind === 'letter' && batch.content.letter.kind === 'file';
	const field = isFile ? String(context.getNodeParameter('binaryField', 0, 'data')).trim() : '';
	return await sendPeople<MailpieceContent>(context, opened, {
		field: 'directMail',
		contactBy: 'identity',
		contactOf,
		contentOf: undefined,
		...(isFile ? { calls: (items) => withFiles(context, items, field) } : {}),
		send: (items, files) => opened.engine.messages.sendDirectMail({ ...batch, step: opened.ref, items, ...(files.length === 0 ? {} : { files }) }),
	});
}

function contactOf(context: IExecuteFunctions, index: number): Identity {
	const found = readIdentity(context.getNodeParameter('identityKind', index, 'email'), context.getNodeParameter('identityValue', index, ''));
	if (found !== null) return found;
	throw new NodeOperationError(context.getNode(), 'Nothing says whose this item is', {
		itemIndex: index,
		description: "The item comes from no journey, so 'Identity Value' must say who the person is, for example {{ $json.email }}: consent and caps are asked by it. Or put this node behind a Journey Trigger.",
	});
}
