import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, MessageQuery, MessageView } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { scopeFields, workflowOf } from '../scope';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['messages'] } };

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: true }),
	{
		displayName: 'State',
		name: 'messageState',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Any', value: 'any', description: 'Every message' },
			{ name: 'Failed', value: 'failed', description: 'Refused by the mail server, or given up' },
			{ name: 'Held', value: 'deferred', description: 'Waits for quiet hours to end, for a cap, or for the mail server' },
			{ name: 'Sent', value: 'sent', description: 'Taken by the mail server' },
			{ name: 'Skipped', value: 'skipped', description: 'Not sent, by a guard: no consent, suppressed, frequency cap, …' },
			{ name: 'Unknown', value: 'unknown', description: 'May have left when n8n stopped' },
		],
		default: 'any',
		description: 'Which messages to list',
	},
	{
		displayName: 'Profile ID',
		name: 'messageProfile',
		type: 'number',
		typeOptions: { minValue: 0 },
		displayOptions,
		default: 0,
		description: 'Only the messages to this person; 0 for everybody',
	},
	stepField(displayOptions, 'Only the messages of this step'),
	...limitFields(displayOptions),
];

/** The ledger, newest first: one item a message. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = workflowOf(this, index);
		const step = this.getNodeParameter('step', index, '') as string;
		const state = this.getNodeParameter('messageState', index) as 'any' | NonNullable<MessageQuery['state']>;
		const profile = Number(this.getNodeParameter('messageProfile', index, 0));
		const messages = await pages(engine, limitOf(this, index), {
			...(workflow === undefined ? {} : { workflow }),
			...(step === '' ? {} : { step }),
			...(state === 'any' ? {} : { state }),
			...(profile === 0 ? {} : { profile }),
		});
		return messages.map(messageRow);
	});
}

async function pages(engine: Engine, limit: number, query: MessageQuery): Promise<MessageView[]> {
	const messages: MessageView[] = [];
	while (messages.length < limit) {
		const last = messages.at(-1);
		const page = await engine.messages.list({ ...query, limit: Math.min(PAGE, limit - messages.length), ...(last === undefined ? {} : { before: last }) });
		messages.push(...page);
		if (page.length < PAGE) break;
	}
	return messages;
}

function messageRow({ id, profile, stepName, state, guard, reason, until, workflow, step, ...rest }: MessageView): IDataObject {
	return { profileId: profile, step: stepName, state, guard, reason, until, ...rest, messageId: id, workflowId: workflow, stepId: step };
}
